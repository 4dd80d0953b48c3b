/** Where `npm run build` puts what browsers fetch, in a checkout and in the package alike. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const builtFolder = join(dirname(createRequire(import.meta.url).resolve('#demo/faq.md')), '../dist');
