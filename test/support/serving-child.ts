/** A server in a process to kill: on the database of its argument, with the system's clock. Says its port when it serves. */
import { readConfig } from '../../server/config.ts';
import { createLogger } from '../../server/logger.ts';
import { startServer } from '../../server/start.ts';
import { isRefusal } from '../../server/gate/problem.ts';

const read = readConfig({
  PORT: '0',
  DEMO: 'off',
  DATABASE_URL: process.argv[2],
  SESSION_SECRET: 'a session secret that is only for tests',
  RATE_LIMIT_PER_KEY_IP: 'off',
});
if (isRefusal(read)) throw new Error(read.problems.join('\n'));
const server = await startServer({ config: read.config, logger: createLogger('silent') });
await server.ready;
console.log(new URL(server.url).port);
