/** The calls of the panel: each answers a value or throws an `ApiError`. */
import { fetchJson, type Method } from '../../ui/fetch-json.ts';

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

const call = <Result>(method: Method, path: string, body?: object): Promise<Result> =>
  fetchJson(method, `/demo/api/${path}`, { body });

export const readKey = (): Promise<DemoKey> => call('GET', 'key');

export async function saveDomains(allowedDomains: readonly string[]): Promise<readonly string[]> {
  return (await call<Pick<DemoKey, 'allowedDomains'>>('PUT', 'domains', { allowedDomains })).allowedDomains;
}

export async function explain(origins: readonly string[]): Promise<readonly Explanation[]> {
  return (await call<{ data: readonly Explanation[] }>('POST', 'explain', { origins })).data;
}

export const callWith = (origin: string, credentials: Credentials): Promise<CallAnswer> =>
  call('POST', 'call', { origin, credentials });
