/**
 * Builds the demo into `dist/demo/`: the panel (`index.html`, `assets/`), and under `sites/` the customer pages as they are
 * in `public/`, with the script that reports to the panel.
 */
import { join } from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: '/demo/',
  logLevel: 'warn',
  build: {
    target: 'es2022',
    outDir: join(import.meta.dirname, '..', process.env.POSTERN_BUILD_INTO ?? 'dist', 'demo'),
    emptyOutDir: true,
    modulePreload: false,
    rolldownOptions: {
      input: { index: join(import.meta.dirname, 'index.html'), report: join(import.meta.dirname, 'report.ts') },
      output: {
        entryFileNames: ({ name }) => (name === 'report' ? 'sites/report.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
