/** Where this checkout or package is on the disk, and in it what `npm run build` made for browsers. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const packageFolder = dirname(createRequire(import.meta.url).resolve('#package.json'));
export const builtFolder = join(packageFolder, 'dist');
