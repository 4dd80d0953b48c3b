import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { importsOf, pathInRepository, sourceFiles, usedNames } from '../support/repository.ts';

const core = sourceFiles.filter((path) => path.startsWith('server/core/'));
const nodeNames = ['process', 'Buffer', 'require', 'global', '__dirname', '__filename', 'setImmediate'];
const packages = new Set(['tldts']);

describe('server/core in a browser', () => {
  it('imports nothing but its own files and tldts', () => {
    const foreign = core.flatMap((path) =>
      importsOf(path)
        .filter(({ file, specifier }) => file === undefined && !packages.has(specifier))
        .map(({ specifier }) => `${path} imports ${specifier}`),
    );
    expect(foreign).toEqual([]);
  });

  it('uses no name that only Node has', () => {
    const used = core.flatMap((path) => nodeNames.filter((name) => usedNames(path).has(name)).map((n) => [path, n]));
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
        contents: core.map((path, index) => `export * as part${index} from './${path}';`).join('\n'),
        resolveDir: pathInRepository('.'),
      },
      absWorkingDir: pathInRepository('.'),
      bundle: true,
      write: false,
      metafile: true,
      platform: 'browser',
      format: 'iife',
      globalName: 'core',
    });
    const bundled = Object.keys(metafile.inputs).filter(
      (path) => path !== '<stdin>' && !path.startsWith('server/core/'),
    );
    expect(bundled.filter((path) => !/^node_modules\/tldts(-core)?\//.test(path))).toEqual([]);

    const parts = core.map((path) => path.replace(/^.*\//, ''));
    const pattern = `core.part${parts.indexOf('domain-pattern.ts')}`;
    const origin = `core.part${parts.indexOf('origin.ts')}`;
    const key = `core.part${parts.indexOf('key-format.ts')}`;
    const page = createContext({ URL, crypto });
    runInContext(outputFiles[0]!.text, page);
    const decide = `${pattern}.matchOrigin([${pattern}.parseDomainPattern('*.Example.com')], ${origin}.parseOrigin('https://shop.example.com')).text`;
    expect(runInContext(decide, page)).toBe('*.example.com');
    expect(runInContext(`${key}.isPublicKey(${key}.createPublicKey())`, page)).toBe(true);
  });
});
