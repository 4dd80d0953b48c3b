/** The page shows the very files that the tests of `test/proxies` run. */
import { describe, expect, it } from 'vitest';
import { readRepositoryFile, repositoryFiles } from '../support/repository.ts';

const page = readRepositoryFile('docs/protect.md');
const shown = [...page.matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, text]) => text);
const files = repositoryFiles.filter((path) => /^docs\/examples\/(proxies|guards)\//.test(path));

describe('docs/protect.md', () => {
  it('has the four proxies and the three guards', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        ...['Caddyfile', 'envoy.yaml', 'nginx.conf', 'traefik.yml'].map((name) => `docs/examples/proxies/${name}`),
        ...['guard.go', 'guard.php', 'guard.py'].map((name) => `docs/examples/guards/${name}`),
      ]),
    );
  });

  it.each(files)('shows %s as it is', (path) => {
    expect(shown).toContain(readRepositoryFile(path));
  });
});
