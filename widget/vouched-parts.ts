/**
 * A vite plugin: writes names and digests of the parts that the chat fetches later into the chat itself, so that a page that
 * pins the chat has pinned them, too. Where `fetch-part.ts` says `POSTERN_PART`, `./name.js|sha384-…` will stand.
 */
import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

export function vouchForParts(part: string): Plugin {
  return {
    name: 'postern:vouch-for-parts',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? [file] : []));
      // Notes for a bundler, and this was the last one.
      for (const chunk of chunks) chunk.code = chunk.code.replaceAll('/* @__PURE__ */ ', '');
      const found = chunks.find(({ name }) => name === part);
      if (!found) throw new Error(`The build made no file for ${part}.`);
      const digest = createHash('sha384').update(found.code).digest('base64');
      const file = found.fileName.split('/').at(-1) ?? '';
      for (const chunk of chunks) chunk.code = chunk.code.replace('POSTERN_PART', `./${file}|sha384-${digest}`);
    },
  };
}
