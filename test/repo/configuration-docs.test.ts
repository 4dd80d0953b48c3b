import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { readRepositoryFile } from '../support/repository.ts';

/** Every variable that the configuration asks for. */
function readVariables(): readonly string[] {
  const names = new Set<string>();
  const environment = new Proxy<Record<string, string>>(
    {},
    {
      get: (_target, name) => {
        names.add(String(name));
        return undefined;
      },
    },
  );
  readConfig(environment);
  return [...names].sort();
}

const example = parseEnv(readRepositoryFile('.env.example')) as Record<string, string>;

/** The rows of the table in docs/configuration.md: name → default. */
const described = new Map(
  [...readRepositoryFile('docs/configuration.md').matchAll(/^\| `([A-Z][A-Z_]+)` +\| +(.+?) +\|/gm)].map((row) => [
    row[1] ?? '',
    row[2] ?? '',
  ]),
);

describe('configuration', () => {
  it('.env.example names every variable that is read, and no other', () => {
    expect(Object.keys(example).sort()).toEqual(readVariables());
  });

  it('.env.example holds the defaults: a copy of it changes nothing', () => {
    expect(readConfig(example)).toEqual(readConfig({}));
  });

  it('.env.example explains each variable in one line above it', () => {
    const lines = readRepositoryFile('.env.example').split('\n');
    const bare = lines.filter(
      (line, index) => /^[A-Z]/.test(line) && !/^# \S.*\.$|^# .*…$/.test(lines[index - 1] ?? ''),
    );
    expect(bare).toEqual([]);
  });

  it('docs/configuration.md has a row for every variable, with the same default', () => {
    expect([...described.keys()].sort()).toEqual(readVariables());
    const defaults = Object.entries(example).filter(([, value]) => value !== '');
    expect(defaults.map(([name]) => [name, described.get(name)])).toEqual(
      defaults.map(([name, value]) => [name, `\`${value}\``]),
    );
  });
});
