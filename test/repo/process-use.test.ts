import { describe, expect, it } from 'vitest';
import { importsOf, sourceFiles, usedNames } from '../support/repository.ts';

const mayTouchProcess = new Set(['server/main.ts', 'server/cli.ts']);

function touchesProcess(path: string, text?: string): boolean {
  const isImported = importsOf(path, text).some(({ specifier }) => /^(node:)?process$/.test(specifier));
  return isImported || usedNames(path, text).has('process');
}

describe('the process and its environment', () => {
  it('are touched by main.ts and cli.ts only; config.ts gets the environment as a value', () => {
    const touching = sourceFiles.filter((path) => path.startsWith('server/') && touchesProcess(path));
    expect(touching.filter((path) => !mayTouchProcess.has(path))).toEqual([]);
  });

  it('the rule sees every way to it', () => {
    expect(touchesProcess('x.ts', 'export const port = process.env.PORT;')).toBe(true);
    expect(touchesProcess('x.ts', `import { env } from 'node:process'; export const port = env.PORT;`)).toBe(true);
    expect(touchesProcess('x.ts', 'export const { pid } = process;')).toBe(true);
    expect(touchesProcess('x.ts', '// the process ends\nexport const inProcess = true;')).toBe(false);
  });
});
