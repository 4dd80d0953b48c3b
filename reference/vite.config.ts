/**
 * Builds what `/api/docs` loads into `dist/reference/`: one script and one style sheet, each compressed too, with the licences of what
 * is in them. The page itself is the server's.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const viewer = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const licences = ['LICENSE', 'NOTICE', 'swagger-ui-es-bundle.js.LICENSE.txt'];

const compressAndLicense: Plugin = {
  name: 'postern:compress-and-license',
  generateBundle(_options, bundle) {
    for (const [fileName, file] of Object.entries(bundle)) {
      const bytes = Buffer.from(file.type === 'chunk' ? file.code : file.source);
      const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
      this.emitFile({ type: 'asset', fileName: `${fileName}.br`, source: brotliCompressSync(bytes, { params }) });
      this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzipSync(bytes, { level: 9 }) });
    }
    const texts = licences.map((name) => readFileSync(join(viewer, name), 'utf8'));
    this.emitFile({ type: 'asset', fileName: 'swagger-ui-licenses.txt', source: texts.join('\n\n') });
  },
};

export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  publicDir: false,
  plugins: [compressAndLicense],
  build: {
    target: 'es2022',
    outDir: join(import.meta.dirname, '..', process.env.POSTERN_BUILD_INTO ?? 'dist', 'reference'),
    emptyOutDir: true,
    modulePreload: false,
    chunkSizeWarningLimit: 2_000,
    rolldownOptions: {
      input: join(import.meta.dirname, 'reference.ts'),
      output: { entryFileNames: 'reference.js', assetFileNames: 'reference[extname]', codeSplitting: false },
    },
  },
});
