/** The page shows the very files that `npm run test:package` builds and opens. */
import { describe, expect, it } from 'vitest';
import { readRepositoryFile } from '../support/repository.ts';

const page = readRepositoryFile('docs/embedding.md');
const shown = [...page.matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, text]) => text);

describe('docs/embedding.md', () => {
  it.each(['vite/main.ts', 'react/shop.tsx', 'vue/shop.vue', 'vue/vite.config.ts'])('shows %s as it is', (file) => {
    expect(shown).toContain(readRepositoryFile(`docs/examples/pages/${file}`));
  });
});
