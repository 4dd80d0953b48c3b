import { expect, test } from 'vitest';
import { evidenceCard } from '../../demo/panel/evidence-card.ts';
import { newRun } from '../../demo/panel/stolen-key-run.ts';
import { evidenceState } from '../../dashboard/pages/key/evidence-state.ts';

const figures = (calls: number, withoutBrowserHeaders: number) => {
  const today = { date: '2026-11-24', calls, withoutBrowserHeaders, addressedCalls: calls, groups: [] };
  return { calls, withoutBrowserHeaders, addressedCalls: calls, mostScripted: null, days: [today] };
};

test.each([
  [200, 200, true],
  [100, 20, true],
  [100, 19, false],
  [99, 99, false],
  [1, 1, false],
])('of %i calls %i without what browsers send look like scripts: %s, in the demo as in the dashboard', (...given) => {
  const [calls, withoutBrowserHeaders, isScripted] = given;
  const evidence = figures(calls, withoutBrowserHeaders);
  const drawn = JSON.stringify(evidenceCard({ ...newRun, evidence }));
  expect(drawn.includes('Looks like scripts')).toBe(isScripted);
  expect(evidenceState({ days: [], origins: [], installations: [], evidence }, 30).kind === 'scripts').toBe(isScripted);
});
