/**
 * Builds the widget into `dist/widget/`:
 *   widget.js                     the loader: a classic script, evergreen
 *   <version>/chat-….js           the chat with Lit in it, one file that draws Markdown, and one for each other language: immutable
 *   <version>/widget-….js         the same loader under a name that can be pinned with `integrity`
 *   index.js, library/…           for `import 'postern/widget'`; Lit stays the importer's
 *   ….js.br, ….js.gz              each of these files, compressed
 *   manifest.json                 file names and digests, for the snippet
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build, defineConfig, type InlineConfig, type Plugin } from 'vite';
import packageJson from './package.json' with { type: 'json' };
import { giveLitThePage } from './widget/give-lit-the-page.ts';
import { minifyTemplates } from './widget/minify-templates.ts';
import { vouchForParts } from './widget/vouched-parts.ts';

const { version } = packageJson;
const folder = join(import.meta.dirname, process.env.POSTERN_BUILD_INTO ?? 'dist', 'widget');
const common = { configFile: false, publicDir: false, logLevel: 'warn' } as const satisfies InlineConfig;
/** As docs/embedding.md promises; `test/widget/floor.spec.ts` holds it. */
export const browserFloor = ['chrome108', 'firefox101', 'safari16.4'];
const define = { POSTERN_VERSION: JSON.stringify(version) };
const output = { target: browserFloor, emptyOutDir: false, minify: true, modulePreload: false } as const;

/** What the server needs to print a snippet. Paths are relative to the folder of the manifest. */
export interface WidgetManifest {
  readonly version: string;
  /** `/widget.js` */
  readonly loader: WidgetFile;
  /** The same script for a snippet with `integrity` and `crossorigin`. */
  readonly pinned: WidgetFile;
  readonly chat: WidgetFile;
  /** What draws Markdown, fetched when the chat first opens. */
  readonly richText: WidgetFile;
  readonly locales: Readonly<Record<string, WidgetFile>>;
}

interface WidgetFile {
  readonly file: string;
  readonly integrity: string;
}

function describe(file: string): WidgetFile {
  const digest = createHash('sha384').update(readFileSync(join(folder, file)));
  return { file, integrity: `sha384-${digest.digest('base64')}` };
}

/** The pinned loader is as new as the chat that it names, and as the loader that it is. */
function digestOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join()).digest('hex').slice(0, 8);
}

/** The loader names the chat (and its digest, if it is the pinned one), so it is built after it. */
async function buildLoader(file: string, chat: WidgetFile, integrity: string): Promise<WidgetFile> {
  await build({
    ...common,
    define: {
      POSTERN_CHAT: JSON.stringify(`widget/${chat.file}`),
      POSTERN_CHAT_INTEGRITY: JSON.stringify(integrity),
    },
    plugins: [minifyTemplates()],
    build: {
      ...output,
      outDir: folder,
      rolldownOptions: { input: 'widget/loader.ts', output: { format: 'iife', entryFileNames: file } },
    },
  });
  return describe(file);
}

/** Once and as small as can be, instead of at each request: `file.br` and `file.gz` beside the file. */
function compress(file: string): void {
  const bytes = readFileSync(join(folder, file));
  // What kind of text the encoder takes it for is worth up to half a percent, and the best one differs from file to file.
  const made = [constants.BROTLI_MODE_GENERIC, constants.BROTLI_MODE_FONT].map((mode) =>
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_MODE]: mode } }),
  );
  made.sort((a, b) => a.length - b.length);
  writeFileSync(join(folder, `${file}.br`), made[0] ?? bytes);
  writeFileSync(join(folder, `${file}.gz`), gzipSync(bytes, { level: 9 }));
}

async function buildLibrary(): Promise<void> {
  await build({
    ...common,
    define,
    plugins: [minifyTemplates()],
    build: {
      ...output,
      outDir: folder,
      lib: { entry: 'widget/index.ts', formats: ['es'], fileName: 'index' },
      rolldownOptions: { external: /^lit/, output: { chunkFileNames: 'library/[name].js' } },
    },
  });
}

function buildTheRest(): Plugin {
  return {
    name: 'postern:loader-library-manifest',
    async closeBundle() {
      const files = readdirSync(join(folder, version)).map((file) => `${version}/${file}`);
      const named = (name: string) => {
        const file = files.find((path) => path.startsWith(`${version}/${name}-`));
        if (!file) throw new Error(`The build made no file for ${name}.`);
        return describe(file);
      };
      const chat = named('chat');
      const locales = Object.fromEntries(
        ['ar', 'de', 'es', 'fr', 'ja', 'pt', 'zh'].map((language) => [language, named(language)]),
      );
      const loader = await buildLoader('widget.js', chat, '');
      const pinned = await buildLoader(
        `${version}/widget-${digestOf(chat.integrity, loader.integrity)}.js`,
        chat,
        chat.integrity,
      );
      const manifest: WidgetManifest = { version, loader, pinned, chat, richText: named('rich-text'), locales };
      writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
      for (const file of [loader.file, pinned.file, ...files]) compress(file);
      await buildLibrary();
    },
  };
}

export default defineConfig({
  ...common,
  define,
  base: './',
  plugins: [minifyTemplates(), giveLitThePage(), vouchForParts('rich-text'), buildTheRest()],
  build: {
    ...output,
    outDir: folder,
    emptyOutDir: true,
    // As a library: else each import of a language comes with a kilobyte that looks for style sheets to preload.
    lib: { entry: { chat: 'widget/tag.ts' }, formats: ['es'] },
    rolldownOptions: {
      preserveEntrySignatures: 'strict',
      output: {
        minify: true,
        entryFileNames: `${version}/[name]-[hash].js`,
        chunkFileNames: `${version}/[name]-[hash].js`,
      },
    },
  },
});
