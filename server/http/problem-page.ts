/** A problem as a page, for a person whose browser came to an address that does not work. */
import { createHash } from 'node:crypto';
import type { ProblemDocument } from '../core/problem.ts';

const style = `
:root{color-scheme:light dark;--line:#d6d3cd;--quiet:#5f5b53;--link:#1a5fb4;font:1rem/1.5 system-ui,sans-serif}
@media(prefers-color-scheme:dark){:root{--line:#4a4741;--quiet:#b3aea4;--link:#8ab8f5}}
body{box-sizing:border-box;min-height:100vh;margin:0;padding:1.5rem;display:grid;place-content:center;
grid-template-columns:minmax(0,32rem)}
main{border:1px solid var(--line);border-radius:.75rem;padding:2rem}
h1{margin:0 0 .5rem;font-size:1.375rem;line-height:1.25}
p{margin:0 0 1rem;overflow-wrap:anywhere}
a{color:var(--link)}
small{color:var(--quiet);overflow-wrap:anywhere}
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
<title>${escape(title)}</title>
<style>${style}</style>
<main>
<h1>${escape(title)}</h1>
${paragraphs.map((text) => `<p>${escape(text)}</p>`).join('\n')}
${home === null ? '' : `<p><a href="${escape(home)}">Go to the start page</a></p>`}
<small>${status} ${code} · request ${escape(requestId)}</small>
</main>
</html>
`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
