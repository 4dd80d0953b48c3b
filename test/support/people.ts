/**
 * People at browsers: a cookie jar, and the Origin of the server's own page with every change. A person is made in the
 * store, with a session, and not by signing in: that would cost a scrypt run each.
 */
import { parseSetCookie } from 'cookie';
import { hashPassword } from '../../server/accounts/passwords.ts';
import { createSessionSeal } from '../../server/accounts/session-seal.ts';
import { dayMs, type Clock } from '../../server/gate/clock.ts';
import type { Role } from '../../server/records/membership.ts';
import type { User } from '../../server/records/user.ts';
import { createId } from '../../server/records/id.ts';
import type { Store } from '../../server/store/port.ts';
import { send, type Reply, type RequestOptions } from './requests.ts';
import { testSessionSecret } from './server.ts';

/** What a browser needs to know of a server. */
interface Visited {
  readonly port: number;
  readonly publicOrigin: string;
}

/** A server into whose store people can be put. */
export interface Populated extends Visited {
  readonly store: Store;
  readonly clock: Clock;
}

export interface BrowserRequest extends Omit<RequestOptions, 'headers'> {
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the page that asks; null: no Origin header. By default the server's own. */
  readonly origin?: string | null;
}

export interface Caller {
  send(path: string, request?: BrowserRequest): Promise<Reply>;
}

export interface Browser extends Caller {
  /** By name. */
  readonly cookies: Map<string, string>;
}

/** The password of everybody whom `createPerson` makes. */
export const everybodysPassword = 'correct horse battery staple';

export function openBrowser(server: Visited, cookies: Iterable<readonly [string, string]> = []): Browser {
  const jar = new Map(cookies);
  return {
    cookies: jar,
    async send(path, { headers, origin, ...request } = {}) {
      const isRead = ['GET', 'HEAD'].includes(request.method ?? (request.body === undefined ? 'GET' : 'POST'));
      // Browsers send no Origin with a read of their own origin.
      const sentOrigin = origin === undefined && !isRead ? server.publicOrigin : origin;
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const reply = await send(server, path, {
        ...request,
        headers: {
          ...headers,
          ...(cookie !== '' && { cookie }),
          ...(typeof sentOrigin === 'string' && { origin: sentOrigin }),
        },
      });
      for (const line of reply.headers['set-cookie'] ?? []) {
        const { name, value, expires } = parseSetCookie(line);
        if (value === undefined || value === '' || (expires?.getTime() ?? 1) <= 0) jar.delete(name);
        else jar.set(name, value);
      }
      return reply;
    },
  };
}

/** What is no browser: sends these headers and keeps no cookie. */
export function openClient(server: Visited, headersOfAll: Readonly<Record<string, string>>): Caller {
  return {
    send: (path, { headers, origin, ...request } = {}) =>
      send(server, path, {
        ...request,
        headers: { ...headersOfAll, ...headers, ...(typeof origin === 'string' && { origin }) },
      }),
  };
}

/** The name that a server gives its cookie. */
export function cookieName({ publicOrigin }: Visited): string {
  const { protocol, port } = new URL(publicOrigin);
  return `${protocol === 'https:' ? '__Host-' : ''}postern${port === '' ? '' : `-${port}`}`;
}

let passwordHash: Promise<string> | undefined;

export async function createPerson({ store, clock }: Populated, fields: Partial<User> = {}): Promise<User> {
  const id = createId('usr', clock());
  const user: User = {
    id,
    email: `${id}@example.com`,
    passwordHash: await (passwordHash ??= hashPassword(everybodysPassword)),
    sessions: [],
    createdAt: clock(),
    ...fields,
  };
  if ((await store.createUser(user)) !== 'created') throw new Error(`There is somebody with the e-mail ${user.email}.`);
  return user;
}

/** Another browser of the same person, signed in. */
export async function openSignedIn(server: Populated, user: User): Promise<Browser> {
  const nowMs = server.clock();
  const session = { id: createId('ssn', nowMs), createdAt: nowMs, expiresAt: nowMs + 14 * dayMs };
  await server.store.addSession(user.id, user.passwordHash, session);
  const sealed = await createSessionSeal(testSessionSecret, server.clock).seal(user.id, session);
  return openBrowser(server, [[cookieName(server), sealed]]);
}

export interface Member extends Browser {
  readonly user: User;
}

/** Somebody in an organization, at a browser that is signed in. */
export async function createMember(
  server: Populated,
  organizationId: string,
  role: Role,
  fields: Partial<User> = {},
): Promise<Member> {
  const user = await createPerson(server, fields);
  await server.store.addMember({ organizationId, userId: user.id, role, createdAt: server.clock() });
  return { user, ...(await openSignedIn(server, user)) };
}
