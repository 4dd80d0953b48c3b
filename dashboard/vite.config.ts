/**
 * Builds the dashboard into `dist/dashboard/`: `index.html`, which answers for every page, and under `assets/` one script
 * and one style sheet, with a script of its own for each page. Every name carries its digest.
 */
import { join } from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: '/dashboard/',
  logLevel: 'warn',
  publicDir: false,
  build: {
    target: 'es2022',
    outDir: join(import.meta.dirname, '..', process.env.POSTERN_BUILD_INTO ?? 'dist', 'dashboard'),
    emptyOutDir: true,
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
  },
});
