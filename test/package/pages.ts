/** The pages of docs/examples/pages in a folder where the package is installed: each as it stands, and with a mistake in it. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { pathInRepository } from '../support/repository.ts';

export const pages = ['vite', 'react', 'vue'] as const;

/** What they need beside the package. The compiler of Vue's templates has no TypeScript 7 yet. */
export const pagePackages = [
  ...['typescript@6.0', '@types/node@20', 'vite'],
  ...['react@19', 'react-dom@19', '@types/react@19', '@types/react-dom@19', '@vitejs/plugin-react'],
  ...['vue@3', 'vue-tsc', '@vitejs/plugin-vue'],
] as const;

/** In a file, what stands there and the mistake in its place. */
export const mistakes: readonly (readonly [file: string, right: string, wrong: string])[] = [
  ['vite/main.ts', 'detail.text', 'detail.code'],
  ['react/shop.tsx', 'open={isOpen}', 'open="yes"'],
  ['react/shop.tsx', 'lang="en"', 'theme="red"'],
  ['react/shop.tsx', 'lang="en"', 'colour="red"'],
  ['react/shop.tsx', 'agent="agt_…"', ''],
  ['react/shop.tsx', 'detail.text', 'detail.code'],
  ['vue/shop.vue', ':open="isOpen"', 'open="yes"'],
  ['vue/shop.vue', 'lang="en"', 'theme="red"'],
  ['vue/shop.vue', 'public-key="pk_…"', ''],
  ['vue/shop.vue', '$event.detail.text', '$event.detail.messageId.length'],
];

/** Named by its number: `react/wrong-1.tsx`. */
export const mistakenFile = (index: number): string => {
  const [file] = mistakes[index]!;
  return join(file, '..', `wrong-${index}${extname(file)}`);
};

/** Copies them, writes each mistake beside its file, and says how strictly all are read. */
export function copyPages(folder: string): void {
  for (const page of pages)
    cpSync(pathInRepository(`docs/examples/pages/${page}`), join(folder, page), { recursive: true });
  mistakes.forEach(([file, right, wrong], index) => {
    const text = readFileSync(join(folder, file), 'utf8');
    if (!text.includes(right)) throw new Error(`${file} has no ${right}`);
    writeFileSync(join(folder, mistakenFile(index)), text.replace(right, wrong));
  });
  const compilerOptions = {
    ...{ strict: true, target: 'es2022', module: 'esnext', moduleResolution: 'bundler', jsx: 'react-jsx' },
    ...{ noEmit: true, types: [], lib: ['es2023', 'dom', 'dom.iterable'], allowImportingTsExtensions: true },
  };
  const include = pages.map((page) => `${page}/*`);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include, exclude: ['*/vite.config.ts'] }),
  );
}

/** What a customer writes in the place of the placeholders. */
export function fillIn(folder: string, values: Readonly<Record<'pk_…' | 'agt_…' | 'https://HOST', string>>): void {
  for (const file of ['vite/index.html', 'react/shop.tsx', 'vue/shop.vue']) {
    let text = readFileSync(join(folder, file), 'utf8');
    for (const [placeholder, value] of Object.entries(values)) {
      if (!text.includes(placeholder)) throw new Error(`${file} has no ${placeholder}`);
      text = text.replaceAll(placeholder, value);
    }
    writeFileSync(join(folder, file), text);
  }
}

const contentTypes = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript'],
  ['.css', 'text/css'],
]);

/** Serves what Vite built, as any host of static files does. */
export async function serveBuilt(folder: string): Promise<{ readonly port: number; readonly stop: () => void }> {
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : request.url!;
    try {
      const content = readFileSync(join(folder, path));
      response.writeHead(200, { 'content-type': contentTypes.get(extname(path)) ?? 'text/plain' }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, stop };
}
