import { describe, expect, it } from 'vitest';
import { problems } from '../../server/gate/problem.ts';
import { readRepositoryFile } from '../support/repository.ts';

/** `## code`, `**status** — title`, when, what to do. The heading is the anchor that a problem's `type` names. */
const [, ...entries] = readRepositoryFile('docs/errors.md').split(/^## /m);

describe('docs/errors.md', () => {
  it('has one entry for each code, in the order of the table', () => {
    expect(entries.map((entry) => entry.split('\n', 1)[0])).toEqual(Object.keys(problems));
  });

  it.each(Object.entries(problems))('%s: status, title, when, what to do', (code, { status, title }) => {
    const entry = entries.find((text) => text.startsWith(`${code}\n`)) ?? '';
    expect(entry).toContain(`\n**${status}** — ${title}\n`);
    expect(entry).toMatch(/^\*\*When:\*\* \S/m);
    expect(entry).toMatch(/^\*\*What to do:\*\* \S/m);
  });
});
