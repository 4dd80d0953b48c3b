/** Writes the OpenAPI document for the server to serve, and compressed beside it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import packageJson from './package.json' with { type: 'json' };
import { makeDocument } from './server/http/openapi/document.ts';

const folder = join(import.meta.dirname, process.env.POSTERN_BUILD_INTO ?? 'dist', 'server');
const document = Buffer.from(JSON.stringify(makeDocument(packageJson.version)));
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'openapi.json'), document);
writeFileSync(join(folder, 'openapi.json.br'), brotliCompressSync(document));
writeFileSync(join(folder, 'openapi.json.gz'), gzipSync(document, { level: 9 }));
