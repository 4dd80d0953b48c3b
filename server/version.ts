/** The version that runs: that of the `package.json` of this checkout or package. */
import { createRequire } from 'node:module';

export const { version } = createRequire(import.meta.url)('#package.json') as { readonly version: string };
