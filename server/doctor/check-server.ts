/** What the server says that the tag names: whether this key works on this origin, what a preflight is told, and what time it is. */
import type { ProblemDocument } from '../gate/problem.ts';
import { AskError, type Answer, type Asker } from './asker.ts';
import { ok, unknown, wrong, type PageFinding, type PageCheck } from './finding.ts';
import { othersWords } from './others-words.ts';

const answerBytesMax = 64 * 1024;
/** Less is no matter for ends of keys and domains. */
const skewMsMax = 60_000;

const needed = ['authorization', 'content-type'];
/** What tracing and CSRF libraries add to every request of a page. */
const added = ['baggage', 'sentry-trace', 'traceparent', 'x-csrf-token', 'x-requested-with'];

interface Visit {
  readonly api: URL;
  readonly key: string;
  readonly agent: string;
  readonly origin: string;
  readonly now: () => number;
}

/** A real call as the page would make it, and the preflight before it. */
export async function checkVerdict(asker: Asker, visit: Visit): Promise<readonly PageFinding[]> {
  const { api, key, agent, origin, now } = visit;
  const url = new URL(`${api.href.replace(/\/$/, '')}/api/v1/agents/${agent}`);
  try {
    const sentAt = now();
    const { verdict, date } = await asker.ask(
      { url, headers: { authorization: `Bearer ${key}`, origin, accept: 'application/json' } },
      async (answer) => ({ verdict: await readVerdict(answer, api), date: answer.headers.get('date') }),
    );
    if (verdict.some(({ check }) => check === 'server')) return verdict;
    const preflight = await asker.ask({ url, method: 'OPTIONS', headers: preflightHeaders(origin) }, (answer) =>
      Promise.resolve(judgePreflight(answer, origin, api)),
    );
    return [...verdict, preflight, judgeClock(date, sentAt, now(), api)];
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    return [
      wrong(
        'server',
        `${api.origin} can’t be asked: ${error.message}.`,
        'Check that the tag names your Postern server, and that it runs.',
      ),
    ];
  }
}

const notPostern = (api: URL, answered: string): readonly PageFinding[] => [
  wrong(
    'server',
    `${api.origin} ${answered}`,
    'Name the Postern server itself in data-api or the tag’s address.',
    'data-api="https://…"',
  ),
];

async function readVerdict(answer: Answer, api: URL): Promise<readonly PageFinding[]> {
  const { status } = answer;
  if (status >= 300 && status < 400)
    return notPostern(api, 'redirects calls, and browsers follow no redirect after a preflight.');
  const body = await readJson(answer);
  const opened = ok('agent', 'The agent is there for visitors.');
  if (status === 200 && body !== undefined && 'greeting' in body)
    return [ok('key', 'The key is in force.'), ok('origin', 'The key allows the page’s origin.'), opened];
  const { code, detail, fix, origin } = (body ?? {}) as Partial<Record<keyof ProblemDocument, unknown>>;
  if (typeof code !== 'string') return notPostern(api, `answers ${status}, and not as a Postern server does.`);
  const said = othersWords(detail) ?? `The server answers ${othersWords(code) ?? ''}.`;
  const toDo = othersWords(fix);
  const passed = ok('key', 'The key is in force.');
  switch (code) {
    case 'not_found':
      return [
        passed,
        ok('origin', 'The key allows the page’s origin.'),
        wrong(
          'agent',
          'The tag’s agent does not exist, is another organization’s, or is not public.',
          'Copy data-agent from the agent’s page in the dashboard, and see that it is public.',
          'data-agent="agt_…"',
        ),
      ];
    case 'key_invalid':
    case 'credentials_malformed':
      return [
        wrong(
          'key',
          'The server knows no such key.',
          'Copy data-key from the key’s page in the dashboard.',
          'data-key="pk_…"',
        ),
      ];
    case 'key_disabled':
      return [wrong('key', said, toDo ?? 'Enable the key on its page in the dashboard, or put another into data-key.')];
    case 'key_expired':
      return [wrong('key', said, toDo ?? 'Give the key a later end on its page in the dashboard.')];
    case 'origin_not_allowed':
      return [
        passed,
        wrong('origin', said, toDo ?? 'Add the page’s domain to the key’s allowed domains.', hostOf(origin)),
      ];
    case 'rate_limited':
    case 'server_busy':
    case 'store_unavailable':
      return [unknown('origin', `The server gives no verdict now: ${said}`, 'Try again in a minute.')];
    default:
      return [wrong('origin', said, toDo ?? 'Look up the code in docs/errors.md.')];
  }
}

function hostOf(origin: unknown): string | null {
  return typeof origin === 'string' && URL.canParse(origin) ? new URL(origin).host : null;
}

async function readJson(answer: Answer): Promise<object | undefined> {
  const pieces: Buffer[] = [];
  const isWhole = await answer.readEach(answerBytesMax, (piece) => void pieces.push(piece));
  try {
    const value: unknown = isWhole ? JSON.parse(Buffer.concat(pieces).toString('utf8')) : undefined;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function preflightHeaders(origin: string): Readonly<Record<string, string>> {
  return {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': [...needed, ...added].toSorted().join(','),
  };
}

/** As a browser judges it: `*` stands for every header but `Authorization`. */
function judgePreflight({ status, headers }: Answer, origin: string, api: URL): PageFinding {
  const check: PageCheck = 'preflight';
  const fix = `Let the proxy in front of ${api.origin} pass OPTIONS requests on to Postern unchanged.`;
  const isForOrigin = ['*', origin].includes(headers.get('access-control-allow-origin') ?? '');
  if (status < 200 || status > 299 || !isForOrigin)
    return wrong(
      check,
      `A preflight (OPTIONS) is answered ${status}${isForOrigin ? '' : ' without CORS headers'}.`,
      fix,
    );
  const allowed = (headers.get('access-control-allow-headers') ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const isAllowed = (name: string) => allowed.includes(name) || (name !== 'authorization' && allowed.includes('*'));
  const refused = needed.filter((name) => !isAllowed(name));
  if (refused.length > 0) return wrong(check, `A preflight allows no ${refused.join(', ')}: the chat can’t call.`, fix);
  const refusedAdded = added.filter((name) => !isAllowed(name));
  if (refusedAdded.length > 0)
    return wrong(check, `A preflight refuses headers that libraries add: ${refusedAdded.join(', ')}.`, fix);
  return ok(check, 'Preflights pass, also with headers that libraries add.');
}

function judgeClock(date: string | undefined, sentAt: number, arrivedAt: number, api: URL): PageFinding {
  const served = Date.parse(date ?? '');
  if (Number.isNaN(served)) return unknown('clock', `${api.origin} doesn’t say what time it is.`);
  // The header has whole seconds.
  const skewMs = served > arrivedAt ? served - arrivedAt : Math.max(0, sentAt - served - 1_000);
  if (skewMs <= skewMsMax) return ok('clock', 'The server’s clock and this one agree.');
  const amount =
    skewMs < 7_200_000 ? `${Math.round(skewMs / 60_000)} minutes` : `${Math.round(skewMs / 3_600_000)} hours`;
  return wrong(
    'clock',
    `The clock of ${api.origin} is ${amount} ${served > arrivedAt ? 'ahead of' : 'behind'} this one.`,
    'Set both clocks by NTP: keys and domains end by the server’s.',
  );
}
