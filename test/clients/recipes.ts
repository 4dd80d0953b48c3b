/** The code of docs/models.md, by its heading, with a real server, key and agent in the places of the made-up ones. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { pathInRepository } from '../support/repository.ts';

export interface Places {
  readonly url: string;
  readonly key: string;
  readonly agentId: string;
}

const guide = readFileSync(pathInRepository('docs/models.md'), 'utf8');
const recipes = new Map(
  [...guide.matchAll(/^### (.+)\n\n```\w+\n([^]*?)^```$/gm)].map(([, name = '', code = '']) => [name, code]),
);

export function recipe(name: string, { url, key, agentId }: Places): string {
  const code = recipes.get(name);
  if (code === undefined) throw new Error(`docs/models.md has no code under "${name}".`);
  return code.replaceAll('https://postern.example.com', url).replaceAll('pk_…', key).replaceAll('agt_…', agentId);
}

/** One script for a page, with all that it imports. */
export async function bundle(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: join(import.meta.dirname), loader: 'jsx' },
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  return outputFiles[0]!.text;
}
