/** `/llms.txt` as llmstxt.org describes it, made from the guides: nothing in it is written for it alone but the headings. */
import type { Guides } from './guides.ts';

export function createLlmsText({ summary, list, files }: Guides, docsUrl: string): string {
  const textOf = (file: string) => files.get(file)?.text ?? '';
  const [, credentials = ''] = /^## Credentials\n([^]*?)(?=^#)/m.exec(textOf('http.md')) ?? [];
  const [, errors = ''] = /^# Errors\n([^]*?\n- [^]*?)\n\n/m.exec(textOf('errors.md')) ?? [];
  const guides = list.map(({ file, title, summary }) => `- [${title}](${docsUrl}/${file}): ${summary}`);
  return `# Postern

> ${summary}

${withAddresses(`${credentials.trim()}\n\n${errors.trim()}`, docsUrl)}

## API

- [OpenAPI document](${new URL('/api/openapi.json', docsUrl).href}): every call, its answers and its errors, as OpenAPI 3.1
- [Reference](${docsUrl}): the same as a page, with the list of errors

## Guides

${guides.join('\n')}
`;
}

/** Links between guides as whole addresses: this text stands in another folder. */
function withAddresses(text: string, docsUrl: string): string {
  return text.replace(/\]\((?![a-z]+:|#)([^)\s]+)\)/g, `](${docsUrl}/$1)`);
}
