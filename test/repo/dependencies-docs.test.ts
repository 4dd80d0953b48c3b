import { describe, expect, it } from 'vitest';
import { readRepositoryFile } from '../support/repository.ts';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const { dependencies, devDependencies } = JSON.parse(readRepositoryFile('package.json')) as Manifest;
const [, section = ''] = readRepositoryFile('docs/architecture.md').split('\n## Dependencies\n');
const [forUse = '', forDevelopment = ''] = section.split('\nOnly for development:\n');

/** Rows with a reason. */
function packagesIn(table: string): readonly string[] {
  return [...table.matchAll(/^\| `([^`]+)` \| \S.{9,} \|$/gm)].map((row) => row[1] ?? '');
}

describe('docs/architecture.md', () => {
  it('gives a reason for each dependency, and for nothing else', () => {
    expect(packagesIn(forUse)).toEqual(Object.keys(dependencies).sort());
  });

  it('gives a reason for each development dependency, and for nothing else', () => {
    expect(packagesIn(forDevelopment)).toEqual(Object.keys(devDependencies).sort());
  });
});
