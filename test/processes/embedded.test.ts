import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { testThreeProcesses } from './three-processes.ts';

describe('three processes on one embedded store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-processes-'));
  testThreeProcesses('embedded store', `lmdb:${join(folder, 'store')}`);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
});
