/** The gate can be taken out and put in front of anything: it needs nothing of the project, and is small. */
import { createContext, runInContext } from 'node:vm';
import { build, type Metafile } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { importsOf, pathInRepository, sourceFiles, usedNames } from '../support/repository.ts';

const folder = 'server/gate/';
const gate = sourceFiles.filter((path) => path.startsWith(folder));
/** They make and prove secrets, with Node's own cryptography. */
const onlyInNode: ReadonlySet<string> = new Set(['secret.ts', 'scrypt.ts', 'index.ts'].map((file) => folder + file));
const inBrowsers = gate.filter((path) => !onlyInNode.has(path));
const nodeNames = ['process', 'Buffer', 'require', 'global', '__dirname', '__filename', 'setImmediate'];
const browserPackages = ['lru-cache', 'tldts'];
const packages = [...browserPackages, 'scrypt-kdf'];
const bytesMax = 21_000;

function bundled(metafile: Metafile): readonly string[] {
  return Object.keys(metafile.inputs).filter((path) => path !== '<stdin>' && !path.startsWith(folder));
}

describe('the gate alone', () => {
  it('imports its own files and three packages, and Node only where it makes and proves secrets', () => {
    const foreign = gate.flatMap((path) =>
      importsOf(path)
        .filter(({ file, specifier }) =>
          file === undefined
            ? !packages.includes(specifier) && !(onlyInNode.has(path) && specifier.startsWith('node:'))
            : !gate.includes(file),
        )
        .map(({ specifier }) => `${path} imports ${specifier}`),
    );
    expect(foreign).toEqual([]);
  });

  it('is under 21 kB as one file: what judges a call, proves its secret and explains', async () => {
    const { outputFiles, metafile } = await build({
      stdin: {
        contents: ['authenticate', 'secret', 'explain']
          .map((file) => `export * from './${folder}${file}.ts';`)
          .join(''),
        resolveDir: pathInRepository('.'),
      },
      absWorkingDir: pathInRepository('.'),
      bundle: true,
      minify: true,
      charset: 'utf8',
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
    });
    expect(bundled(metafile)).toEqual([]);
    const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    expect(new Set(imported.filter((path) => !path.startsWith('node:')))).toEqual(new Set(packages));
    expect(outputFiles[0]!.contents.byteLength).toBeLessThan(bytesMax);
  });

  it('uses no name that only Node has, but where it makes and proves secrets', () => {
    const used = inBrowsers.flatMap((path) =>
      nodeNames.filter((name) => usedNames(path).has(name)).map((n) => [path, n]),
    );
    expect(used).toEqual([]);
  });

  it('the rule sees such a name, and no member of that name', () => {
    expect(usedNames('x.ts', 'export const now = process.hrtime();').has('process')).toBe(true);
    expect(usedNames('x.ts', 'export const bytes = Buffer.from(text);').has('Buffer')).toBe(true);
    expect(usedNames('x.ts', 'export const other = step.process;').has('process')).toBe(false);
  });

  it('bundles for browsers, and decides where only a browser’s globals are', async () => {
    const { outputFiles, metafile } = await build({
      stdin: {
        contents: inBrowsers.map((path, index) => `export * as part${index} from './${path}';`).join('\n'),
        resolveDir: pathInRepository('.'),
      },
      absWorkingDir: pathInRepository('.'),
      bundle: true,
      write: false,
      metafile: true,
      platform: 'browser',
      format: 'iife',
      globalName: 'gate',
    });
    expect(bundled(metafile).filter((path) => !/^node_modules\/(tldts(-core)?|lru-cache)\//.test(path))).toEqual([]);

    const part = (file: string): string => `gate.part${inBrowsers.indexOf(folder + file)}`;
    const pattern = part('domain-pattern.ts');
    const key = part('key-format.ts');
    const page = createContext({ URL, crypto, performance, setTimeout, clearTimeout });
    runInContext(outputFiles[0]!.text, page);
    const decide = `${pattern}.matchOrigin([${pattern}.parseDomainPattern('*.Example.com')], ${part('origin.ts')}.parseOrigin('https://shop.example.com')).text`;
    expect(runInContext(decide, page)).toBe('*.example.com');
    expect(runInContext(`${key}.isPublicKey(${key}.createPublicKey())`, page)).toBe(true);

    const judged: unknown = await runInContext(
      `${part('authenticate.ts')}.createAuthenticator({
        store: { findKeyByPublicKey: async () => undefined },
        secrets: {}, limiter: {}, meter: {}, clock: () => 0, serverOrigin: 'https://gate.example', onBadPattern() {},
      }).judge({ authorizations: ['Bearer ' + ${key}.createPublicKey()], origins: [], isSameOriginRead: false })
        .then(({ verdict }) => verdict.refusal.code)`,
      page,
    );
    expect(judged).toBe('key_invalid');
  });
});
