/**
 * A vite plugin for what a JavaScript minifier leaves alone: styles and markup in template literals. Every template with
 * a line break in the widget is one or the other, and in both a line break means nothing more than a space.
 */
import { transform } from 'esbuild';
import type { Plugin } from 'vite';

export function minifyTemplates(): Plugin {
  return {
    name: 'postern:minify-templates',
    enforce: 'pre',
    async transform(source, id) {
      if (!/\/widget\/[a-z-]+\.ts$/.test(id)) return null;
      // Without the code's own line breaks and comments, those that are left stand in templates.
      const { code } = await transform(source, { loader: 'ts', target: 'es2022', minifyWhitespace: true });
      return { code: id.endsWith('styles.ts') ? await minifyStyles(code) : minifyMarkup(code), map: null };
    },
  };
}

function minifyMarkup(code: string): string {
  return code
    .trim()
    .replace(/>\n\s*</g, '><')
    .replace(/\n\s*(?=>)/g, '')
    .replace(/\n\s*/g, ' ');
}

async function minifyStyles(code: string): Promise<string> {
  let minified = code;
  for (const [whole, styles = ''] of code.matchAll(/`([^`]*)`/g)) {
    const { code: shorter } = await transform(styles, { loader: 'css', minify: true });
    // In custom properties every space is kept, needed or not.
    const shortest = shorter.trim().replace(/(?<=--[\w-]+:|[,(]) | (?=\))/g, '');
    minified = minified.replace(whole, () => `\`${shortest}\``);
  }
  return minified;
}
