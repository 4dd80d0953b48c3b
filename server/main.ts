/** The server as a process: environment, signals, what it prints. */
import { isRefusal } from './gate/problem.ts';
import { readConfig } from './config.ts';
import { createLogger } from './logger.ts';
import { startServer, type RunningServer } from './start.ts';
import type { Demo } from './demo-seed.ts';

/** Under npm one Ctrl-C comes twice, from the terminal and from npm. Later than this it means: end now. */
const samePressMs = 1_000;
const lookForStarterEveryMs = 250;

export interface RunOptions {
  /** Whose child this process was at first. */
  readonly starterPid: number;
}

export async function runServer({ starterPid }: RunOptions): Promise<void> {
  const read = readConfig(process.env);
  if (isRefusal(read)) {
    process.stderr.write(`Postern did not start. Mend the configuration:\n- ${read.problems.join('\n- ')}\n`);
    process.exit(2);
  }
  const { config } = read;
  const logger = createLogger(config.logLevel);
  // A promise that nobody waited for means a state that nobody knows: end, and let the supervisor start anew.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => {
      logger.fatal({ err: error }, event);
      logger.flush(() => process.exit(1));
    });
  }
  const giveUp = (error: unknown): never => {
    process.stderr.write(`Postern did not start: ${describeStartError(error, config.port)}\n`);
    process.exit(1);
  };
  const server = await startServer({ config, logger }).catch(giveUp);
  let stoppingSince: number | undefined;
  const stop = (_signal: string, number: number): void => {
    if (stoppingSince === undefined) {
      stoppingSince = performance.now();
      void server.stop().then(() => logger.flush(() => process.exit(0)));
    } else if (performance.now() - stoppingSince > samePressMs) process.exit(128 + number);
  };
  // SIGHUP: the terminal was closed.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // npm passes a signal on to its shell alone, and the shell ends without a word to the server.
  const isOfNpm = process.env.npm_lifecycle_event !== undefined;
  const stopWithoutStarter = (): void => {
    if (process.ppid === starterPid || stoppingSince !== undefined) return;
    logger.info('The npm that started this server has ended: stopping');
    stop('SIGTERM', 15);
  };
  if (isOfNpm) setInterval(stopWithoutStarter, lookForStarterEveryMs).unref();
  const ready = await server.ready.catch(giveUp);
  if (ready === undefined || !server.isServing()) return;
  const listening = `Postern is listening on ${server.url}`;
  if (config.isProduction) {
    // Nothing but JSON where programs read; said at every level, because nobody gets in without the link.
    const always = logger.child({}, { level: 'info' });
    if (ready.setupUrl !== undefined) always.info({ setupUrl: ready.setupUrl }, nobodyYet);
    always.info(listening);
    return;
  }
  if (ready.demo !== undefined) process.stdout.write(presentDemo(server, ready.demo));
  if (ready.setupUrl !== undefined) process.stdout.write(presentSetup(ready.setupUrl));
  process.stdout.write(`${listening}\n`);
}

function describeStartError(error: unknown, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `port ${port} is taken. Stop what uses it, or set PORT to another one.`;
  return error instanceof Error ? error.message : String(error);
}

const nobodyYet = "Nobody can sign in yet. Open this link once, within a day, to set the first owner's password";

function presentSetup(url: string): string {
  return `
${nobodyYet}:

  ${url}

`;
}

const rotated = `(the demo key's secret was rotated: only who rotated it knows it)`;

function presentDemo({ publicOrigin }: RunningServer, { key, secretKey, isSecretCurrent, agentId }: Demo): string {
  const messages = `${publicOrigin}/api/v1/agents/${agentId}/messages`;
  const question = `-H 'Content-Type: application/json' -d '{"message":"What is Postern?"}'`;
  return `
The demo is on (DEMO=off turns it off). Open it in a browser:

  ${publicOrigin}/demo

Or try it from a terminal:

  a publishable call, as a page on a domain of the demo key makes it
  curl ${messages} -H 'Authorization: Bearer ${key.publicKey}' -H 'Origin: http://shop.example.localhost' ${question}

  a secret call, as a server makes it
  ${isSecretCurrent ? `curl ${messages} -H 'Authorization: Bearer ${key.publicKey}:${secretKey}' ${question}` : rotated}

`;
}
