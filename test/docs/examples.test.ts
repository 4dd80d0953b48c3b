import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandLine } from '../../server/audit/audit.ts';
import { readConfig } from '../../server/config.ts';
import { systemClock } from '../../server/gate/clock.ts';
import { isRefusal } from '../../server/gate/problem.ts';
import { createKeyManager } from '../../server/keys/manage.ts';
import { createLogger } from '../../server/logger.ts';
import { startServer, type RunningServer } from '../../server/start.ts';
import { readRepositoryFile } from '../support/repository.ts';

const run = promisify(execFile);

/** The shell blocks of docs/http.md that call the server, in their order. */
const examples = [...readRepositoryFile('docs/http.md').matchAll(/^```bash\n(.*?)^```$/gms)]
  .map((block) => block[1] ?? '')
  .filter((block) => block.includes('curl '));

/** The examples are for a shell with curl, which Windows has under another name only. */
const isShellThere = ((): boolean => {
  try {
    execFileSync('bash', ['-c', 'curl --version']);
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!isShellThere)('the examples of docs/http.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-examples-'));
  let server: RunningServer;
  let pair: string;
  let verifier: string;
  let lastConversationId = '';

  beforeAll(async () => {
    const read = readConfig({ PORT: '0', DATABASE_URL: `lmdb:${join(folder, 'postern')}`, LOG_LEVEL: 'silent' });
    if (isRefusal(read)) throw new Error(read.problems.join(' '));
    server = await startServer({ config: read.config, logger: createLogger('silent') });
    const { demo } = (await server.ready) ?? {};
    const keys = createKeyManager({ store: server.store, clock: systemClock, actor: commandLine });
    const made = await keys.create('org_demo', { name: 'Verifier', scopes: ['keys:verify'] });
    if (isRefusal(made)) throw new Error(made.code);
    verifier = `${made.key.publicKey}:${made.secretKey}`;
    pair = `${demo?.key.publicKey ?? ''}:${demo?.secretKey ?? ''}`;
  });

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('are there', () => {
    expect(examples.length).toBeGreaterThanOrEqual(7);
  });

  it.each(examples.map((example) => [example.trim().replace(/\s*\\\n\s*/g, ' '), example]))(
    '%s',
    async (_name, example) => {
      const script = [
        `POSTERN='${server.url}'`,
        `PAIR='${pair}'`,
        `VERIFIER='${verifier}'`,
        'PK="${PAIR%%:*}"',
        // Fails when the server answers with an error.
        'curl() { command curl --silent --show-error --fail --noproxy "*" "$@"; }',
        example.replace('cnv_…', lastConversationId),
      ].join('\n');
      const { stdout } = await run('bash', ['-c', script]);
      lastConversationId = /cnv_[0-9a-z]+/.exec(stdout)?.[0] ?? lastConversationId;
      expect(stdout).toMatch(/"(data|id|reply|keyId|valid)":|^Postern-Key: key_demo/m);
    },
  );
});
