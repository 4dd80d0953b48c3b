/** The calls of the panel: each answers a value or throws an `ApiError`. */
import type { DemoCall, DemoKey, ExplainedOrigin, StolenKeyEvent } from '../../server/http/wire.ts';
import { fetchEvents, fetchJson, type Method } from '../../ui/fetch-json.ts';

export type Credentials = 'publishable' | 'pair';

const call = <Result>(method: Method, path: string, body?: object): Promise<Result> =>
  fetchJson(method, `/demo/api/${path}`, { body });

export const readKey = (): Promise<DemoKey> => call('GET', 'key');

export async function saveDomains(allowedDomains: readonly string[]): Promise<readonly string[]> {
  return (await call<Pick<DemoKey, 'allowedDomains'>>('PUT', 'domains', { allowedDomains })).allowedDomains;
}

export async function explain(origins: readonly string[]): Promise<readonly ExplainedOrigin[]> {
  return (await call<{ data: readonly ExplainedOrigin[] }>('POST', 'explain', { origins })).data;
}

export const callWith = (origin: string, credentials: Credentials): Promise<DemoCall> =>
  call('POST', 'call', { origin, credentials });

export const runStolenKey = (signal: AbortSignal): AsyncGenerator<StolenKeyEvent, void> =>
  fetchEvents('/demo/api/stolen-key', { signal });
