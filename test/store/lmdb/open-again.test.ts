import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bundleScript } from '../../support/store-process.ts';

// LMDB's lock would be held by a thread that waits for the one that waits for the lock: nothing in the process would go on.
test('a process may open a store that it is writing to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-open-again-'));
  const script = await bundleScript('open-again-child');
  const ran = await promisify(execFile)(process.execPath, [script, folder], { timeout: 30_000, killSignal: 'SIGKILL' });
  expect(ran.stdout).toBe('done');
  rmSync(folder, { recursive: true });
}, 40_000);
