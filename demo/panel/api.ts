/** The one file of the panel that fetches. Answers values, throws `PanelError` with a sentence to show. */

export interface DemoKey {
  readonly publicKey: string;
  readonly secretKey: string;
  readonly agentId: string;
  /** The tag as it stands on every customer page. */
  readonly snippet: string;
  readonly allowedDomains: readonly string[];
  readonly defaultDomains: readonly string[];
}

interface Check {
  readonly check: string;
  readonly result: 'passed' | 'failed' | 'not reached';
}

/** The server's own account of its decision (`server/gate/explain.ts`). */
export interface Explanation {
  readonly origin: string;
  readonly allowed: boolean;
  readonly code: string;
  readonly checks: readonly Check[];
  readonly pattern: string | null;
  readonly detail: string | null;
  readonly fix: string | null;
}

export type Credentials = 'publishable' | 'pair';

export interface CallAnswer {
  readonly status: number;
  readonly body: string;
}

export class PanelError extends Error {}

async function call<Result>(method: string, path: string, body?: object): Promise<Result> {
  let response: Response;
  try {
    response = await fetch(`/demo/api/${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch {
    throw new PanelError('The server does not answer. Is it still running?');
  }
  const answer = (await response.json().catch(() => ({}))) as Result & {
    detail?: string;
    problems?: readonly { message: string }[];
  };
  if (response.ok) return answer;
  const problems = answer.problems?.map(({ message }) => message) ?? [];
  throw new PanelError([answer.detail ?? `The server answered ${response.status}.`, ...problems].join(' '));
}

export const readKey = (): Promise<DemoKey> => call('GET', 'key');

export async function saveDomains(allowedDomains: readonly string[]): Promise<readonly string[]> {
  return (await call<Pick<DemoKey, 'allowedDomains'>>('PUT', 'domains', { allowedDomains })).allowedDomains;
}

export async function explain(origins: readonly string[]): Promise<readonly Explanation[]> {
  return (await call<{ data: readonly Explanation[] }>('POST', 'explain', { origins })).data;
}

export const callWith = (origin: string, credentials: Credentials): Promise<CallAnswer> =>
  call('POST', 'call', { origin, credentials });
