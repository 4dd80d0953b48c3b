/** A server with an organization and its keys, what a member does with them, and what the next call with a key meets. */
import { expect } from 'vitest';
import { dayMs, toIsoTime, toUtcDate } from '../../server/gate/clock.ts';
import type { ProblemCode } from '../../server/gate/problem.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import type { Key } from '../../server/http/wire.ts';
import { createMember } from './people.ts';
import { expectProblemBody } from './problem.ts';
import { send, type Reply, type RequestOptions } from './requests.ts';
import { sampleKey } from './sample-records.ts';
import { startTestServer } from './server.ts';

export interface Made {
  readonly key: Key;
  readonly secretKey: string;
}

export async function openOrgKeys() {
  const server = await startTestServer();
  const organizationId = await server.createOrganization();
  const member = await createMember(server, organizationId, 'member');
  const sentence: unknown = expect.stringMatching(/\S/);
  const keysPath = () => `/api/org/${organizationId}/api-keys`;
  const ask = (method: string, path = '', body?: RequestOptions['body']): Promise<Reply> =>
    member.send(`${keysPath()}${path}`, { method, ...(body !== undefined && { body }) });
  const at = (afterMs = 0): string => toIsoTime(server.clock() + afterMs);

  async function create(fields: object = {}): Promise<Made> {
    const reply = await ask('POST', '', { name: 'A key', ...fields });
    expect(reply.status).toBe(201);
    return reply.json() as unknown as Made;
  }

  /** A key in the store whose secret nobody has: for all that needs no secret, and costs none of its work. */
  async function put(fields: Partial<KeyRecord> = {}): Promise<KeyRecord> {
    const key = sampleKey(organizationId, { createdAt: server.clock(), ...fields });
    await server.store.createKey(key);
    return key;
  }

  const read = async (id: string) => (await ask('GET', `/${id}`)).json() as unknown as Key;
  const stored = (id: string) => server.store.findKey(organizationId, id);
  const countKeys = async () => (await server.store.listKeys(organizationId, { limit: 1_000 })).items.length;
  const countEvents = async () => (await server.store.listAudit(organizationId, { limit: 1_000 })).items.length;

  const asPair = ({ key, secretKey }: Made) => ({ authorization: `Bearer ${key.publicKey}:${secretKey}` });
  const asPage = ({ publicKey }: { readonly publicKey: string }, origin = 'https://shop.example') => ({
    authorization: `Bearer ${publicKey}`,
    origin,
  });
  /** What the next call of `/api/v1` with a key meets. */
  async function meets(headers: Readonly<Record<string, string>>): Promise<string> {
    const reply = await send(server, '/api/v1/key', { headers });
    return reply.status === 200 ? 'ok' : reply.problem().code;
  }

  const expectRefused = (reply: Reply, code: ProblemCode, fields: object = {}) =>
    expectProblemBody(reply, server.publicOrigin, code, fields);

  /** A refused body: exactly these places, and neither a key nor an event more. */
  async function expectInvalid(asked: () => Promise<Reply>, paths: readonly string[]): Promise<void> {
    const before = [await countKeys(), await countEvents()];
    const reply = await asked();
    expectRefused(reply, 'request_invalid', { problems: paths.map((path) => ({ path, message: sentence })) });
    expect([await countKeys(), await countEvents()]).toEqual(before);
  }

  /** Figures as the meter writes them. */
  async function seen(
    { id }: { readonly id: string },
    daysAgo: number,
    origins: Readonly<Record<string, readonly [accepted: number, refused: number]>>,
  ): Promise<void> {
    const lastSeenAt = server.clock() - daysAgo * dayMs;
    const list = Object.entries(origins).map(([origin, [accepted, refused]]) => ({
      origin,
      accepted,
      refused,
      lastSeenAt,
    }));
    const day = { organizationId, keyId: id, date: toUtcDate(lastSeenAt), accepted: 0, refused: {}, origins: list };
    await server.store.addUsage({ days: [day], activities: [] });
  }

  return {
    server,
    organizationId,
    member,
    sentence,
    keysPath,
    ask,
    at,
    create,
    put,
    read,
    stored,
    countKeys,
    countEvents,
    asPair,
    asPage,
    meets,
    expectRefused,
    expectInvalid,
    seen,
  };
}
