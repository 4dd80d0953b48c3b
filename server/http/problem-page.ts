/** A problem as a page, for a person whose browser came to an address that does not work. */
import { createHash } from 'node:crypto';
import type { ProblemDocument } from '../gate/problem.ts';
import { escapeHtml } from './escape-html.ts';

const style = `
:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif;color:light-dark(#1a1b24,#eceef5);
background:light-dark(#f3f4f9,#0e0f14)}
body{box-sizing:border-box;min-height:100vh;margin:0;padding:1.5rem 1rem;display:grid;place-content:center;
grid-template-columns:minmax(0,30rem)}
main{border:1px solid light-dark(#e0e2ec,#2c2f3b);border-radius:1rem;padding:2rem;background:light-dark(#fff,#181a22)}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}
p{margin:0 0 1rem;overflow-wrap:anywhere}
a{color:light-dark(#4f46e5,#a5a0ff)}
small{color:light-dark(#595d6e,#a3a8ba);overflow-wrap:anywhere}
`;
const styleHash = createHash('sha256').update(style).digest('base64');

export const problemPagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** `home`: where the link leads; null leaves it out. */
export function presentProblemPage(problem: ProblemDocument, home: string | null): string {
  const { title, detail, fix = '', status, code, requestId } = problem;
  const paragraphs = [detail === title ? '' : detail, fix].filter((text) => text !== '');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
<main>
<h1>${escapeHtml(title)}</h1>
${paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')}
${home === null ? '' : `<p><a href="${escapeHtml(home)}">Go to the start page</a></p>`}
<small>${status} ${code} · request ${escapeHtml(requestId)}</small>
</main>
</html>
`;
}
