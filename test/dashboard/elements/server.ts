/**
 * The server, as far as the dashboard's tests are concerned: what `fetch` is answered, call by call, with the types of the real
 * answers. Everything of the dashboard above it runs as it is. A call that no test expects fails the test.
 */
import { problems, type FieldProblem, type ProblemCode } from '../../../server/gate/problem.ts';
import type {
  Agent,
  AgentUpstreams,
  AgentWithQuestions,
  AuditEntry,
  ChangedWebhook,
  ConversationList,
  ConversationThread,
  DeletedConversations,
  CreatedInvitation,
  CreatedKey,
  CreatedWebhook,
  Delivery,
  DomainsPreview,
  Key,
  KeyPage,
  KeyUsage,
  KeyUsageLine,
  Listing,
  Member,
  Members,
  OrganizationCredits,
  OrganizationSettings,
  PageReport,
  ReplayedOrigin,
  Reply,
  RotatedKey,
  Session,
  SessionOrganization,
  SetupPreview,
  SetupState,
  UnansweredQuestions,
  Webhooks,
} from '../../../server/http/wire.ts';

/** Without a slash in front: below `/api/org/org_1/`. `*` is one part of a path. */
interface Answers {
  'GET /api/session': Session;
  'POST /api/session': Session;
  'DELETE /api/session': undefined;
  'PUT /api/session/password': Session;
  'GET /api/setup': SetupState;
  'POST /api/setup/forgotten': undefined;
  'POST /api/setup/preview': SetupPreview;
  'POST /api/setup': Session;
  'POST /api/organizations': SessionOrganization;
  'GET settings': OrganizationSettings;
  'PATCH settings': OrganizationSettings;
  'GET api-keys': KeyPage;
  'POST api-keys': CreatedKey;
  'GET api-keys/*': Key;
  'PATCH api-keys/*': Key;
  'DELETE api-keys/*': undefined;
  'POST api-keys/*/rotate': RotatedKey;
  'POST api-keys/*/domains/preview': DomainsPreview;
  'GET api-keys/*/usage': KeyUsage;
  'GET usage': Listing<KeyUsageLine>;
  'GET upstreams': AgentUpstreams;
  'GET credits': OrganizationCredits;
  'POST credits': OrganizationCredits;
  'PATCH credits': OrganizationCredits;
  'GET agents': Listing<Agent>;
  'POST agents': AgentWithQuestions;
  'GET agents/*': AgentWithQuestions;
  'PATCH agents/*': AgentWithQuestions;
  'DELETE agents/*': undefined;
  'POST agents/*/preview': Reply;
  'GET agents/*/unanswered': UnansweredQuestions;
  'GET conversations': ConversationList;
  'GET conversations/*': ConversationThread;
  'POST conversations/delete': DeletedConversations;
  'DELETE conversations/*': undefined;
  'POST check-page': PageReport;
  'GET members': Members;
  'POST members': CreatedInvitation;
  'PATCH members/*': Member;
  'DELETE members/*': undefined;
  'GET webhooks': Webhooks;
  'POST webhooks': CreatedWebhook;
  'PATCH webhooks/*': ChangedWebhook;
  'DELETE webhooks/*': undefined;
  'POST webhooks/*/test': Delivery;
  'GET webhooks/*/deliveries': Listing<Delivery>;
  'POST webhooks/*/deliveries/*/retry': Delivery;
  'GET audit': Listing<AuditEntry>;
}

export type Call = keyof Answers;

export interface Sent {
  /** `PATCH api-keys/key_1`. */
  readonly call: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly signal: AbortSignal | undefined;
}

/** Anything that is not the answer that was asked for. */
export class Trouble {
  readonly respond: () => Response;
  constructor(respond: () => Response) {
    this.respond = respond;
  }
}

export interface ProblemMore {
  readonly detail?: string;
  readonly fix?: string;
  readonly problems?: readonly FieldProblem[];
  readonly retryAfterSeconds?: number;
  readonly current?: object;
  readonly replay?: readonly ReplayedOrigin[];
}

/** A refusal, as `server/http/errors.ts` writes it. */
export function problem(code: ProblemCode, { retryAfterSeconds, ...more }: ProblemMore = {}): Trouble {
  const { status, title } = problems[code];
  const body = { type: `/api/docs#${code}`, title, status, code, detail: title, requestId: 'req_1', ...more };
  const headers = {
    'content-type': 'application/problem+json',
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  };
  return new Trouble(() => new Response(JSON.stringify(body), { status, headers }));
}

/** The connection is gone. */
export const offline = new Trouble(() => {
  throw new TypeError('Failed to fetch');
});

/** Not the server itself: a proxy before it. */
export const badGateway = new Trouble(() => new Response('<h1>Bad gateway</h1>', { status: 502 }));

/** No answer within the time that `api.ts` waits. */
export const tooLate = new Trouble(() => {
  throw new DOMException('signal timed out', 'TimeoutError');
});

export interface Held<Answer> {
  readonly answer: Promise<Answer>;
  /** Lets the answer come. */
  readonly go: (answer: Answer) => void;
}

/** An answer that comes when the test says so. */
export function held<Answer>(): Held<Answer | Trouble> {
  let go: (answer: Answer | Trouble) => void = () => undefined;
  const answer = new Promise<Answer | Trouble>((resolve) => (go = resolve));
  return { answer, go };
}

type Given<Name extends Call> =
  | Answers[Name]
  | Trouble
  | Promise<Answers[Name] | Trouble>
  | ((sent: Sent) => Answers[Name] | Trouble | Promise<Answers[Name] | Trouble>);

const prepared = new Map<Call, unknown[]>();
let all: Sent[] = [];
let surprises: string[] = [];

export const server = {
  /** What such a call is answered, one after the other; the last one again and again. */
  answers<Name extends Call>(name: Name, ...given: readonly Given<Name>[]): void {
    prepared.set(name, [...given]);
  },

  /** What was sent so far; of one kind of call. */
  sent(name?: Call): readonly Sent[] {
    return name === undefined ? all : all.filter(({ call }) => fits(name, call));
  },

  bodies(name: Call): readonly unknown[] {
    return server.sent(name).map(({ body }) => body);
  },

  reset(): void {
    prepared.clear();
    all = [];
    surprises = [];
  },

  /** Throws when something was sent that no test prepared an answer for. */
  expectNoSurprise(): void {
    if (surprises.length > 0) throw new Error(`Nobody expected ${surprises.join(', ')}.`);
  },
};

const real = globalThis.fetch.bind(globalThis);

globalThis.fetch = async (input, init = {}) => {
  const url = new URL(input instanceof Request ? input.url : input, location.origin);
  if (!url.pathname.startsWith('/api/')) return real(input, init);
  const { method = 'GET', body, signal } = init;
  const call = `${method} ${url.pathname.replace('/api/org/org_1/', '')}`;
  const sent: Sent = {
    call,
    query: Object.fromEntries(url.searchParams),
    body: typeof body === 'string' ? JSON.parse(body) : undefined,
    signal: signal ?? undefined,
  };
  all.push(sent);
  const name = [...prepared.keys()].find((one) => fits(one, call));
  const given = name && prepared.get(name);
  if (given === undefined || given.length === 0) {
    surprises.push(call);
    return problem('internal').respond();
  }
  const next = given.length > 1 ? given.shift() : given[0];
  const answer = await orAborted(typeof next === 'function' ? (next as (sent: Sent) => unknown)(sent) : next, signal);
  if (answer instanceof Trouble) return answer.respond();
  return answer === undefined ? new Response(null, { status: 204 }) : Response.json(answer);
};

function fits(name: Call, call: string): boolean {
  const [wanted, given] = [name.split(/[ /]/), call.split(/[ /]/)];
  return wanted.length === given.length && wanted.every((part, index) => part === '*' || part === given[index]);
}

/** As the platform's own: an aborted call rejects at once with the signal's reason. */
async function orAborted(answer: unknown, signal: AbortSignal | null | undefined): Promise<unknown> {
  if (!signal) return answer;
  signal.throwIfAborted();
  const aborted = new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
  return Promise.race([answer, aborted]);
}
