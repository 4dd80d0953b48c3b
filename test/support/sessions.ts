/** A server with people who sign in and out, for the tests of sessions; and what no line of its log may have in it. */
import { parseSetCookie } from 'cookie';
import { expect } from 'vitest';
import { createPasswords } from '../../server/accounts/passwords.ts';
import { createSetupLinks } from '../../server/accounts/setup-links.ts';
import { createSignInLimiter } from '../../server/accounts/sign-in-limiter.ts';
import { problems, type ProblemCode } from '../../server/gate/problem.ts';
import type { User } from '../../server/records/user.ts';
import { everybodysPassword, openBrowser, type Browser } from './people.ts';
import type { Reply } from './requests.ts';
import { startTestServer, type TestServer } from './server.ts';

export const newPassword = 'a new pass phrase of mine';
export const wrongPassword = 'a wrong pass phrase of mine';

export const signInFirst = { fix: 'Sign in at /sign-in, or send a key pair that has the scope keys:manage.' };
export const otherPage = {
  detail: 'Only a page of this server may do this.',
  fix: expect.stringContaining('Send the header "Origin: http://localhost:') as unknown,
};
export const wrongEither = {
  detail: 'The e-mail or the password is wrong.',
  fix: 'Check both. If the password is lost, whoever runs the server makes a link with: postern user reset --email YOU.',
};
export const noSuchLink = {
  detail: 'This link was used, has ended, or was never made.',
  fix: expect.any(String) as unknown,
};

/** Makes links as the server and the command line do. */
export function links(own: TestServer) {
  return createSetupLinks({
    store: own.store,
    clock: own.clock,
    passwords: createPasswords(),
    limiter: createSignInLimiter(),
  });
}

export async function openSessions() {
  /** What must be in no line of the log. */
  const canaries = new Set<string>([everybodysPassword, newPassword, wrongPassword]);
  const servers: TestServer[] = [];

  async function start(...options: Parameters<typeof startTestServer>): Promise<TestServer> {
    const started = await startTestServer(...options);
    servers.push(started);
    return started;
  }

  async function stop(): Promise<void> {
    for (const started of servers) await started.stop();
  }

  const server = await start({ environment: { TRUST_PROXY: '1' } });
  const organizationId = await server.createOrganization();

  /** Another address for every test, so that the tries of one are not counted with those of another. */
  let addresses = 0;
  const newAddress = () => ({ 'x-forwarded-for': `192.0.2.${++addresses}` });

  function signIn(
    browser: Browser,
    email: string,
    password = everybodysPassword,
    headers = newAddress(),
  ): Promise<Reply> {
    return browser.send('/api/session', { body: { email, password }, headers });
  }

  async function isSignedIn(browser: Browser): Promise<boolean> {
    // A copy: a browser that is refused forgets its cookie, and here it is the server that must refuse.
    const { status } = await openBrowser(server, browser.cookies).send('/api/session');
    expect([200, 401]).toContain(status);
    return status === 200;
  }

  async function sessionsOf({ id }: User) {
    return (await server.store.findUser(id))!.sessions;
  }

  function cookieLine({ headers }: Reply): string {
    expect(headers['set-cookie']).toHaveLength(1);
    const [line = ''] = headers['set-cookie'] ?? [];
    const { value } = parseSetCookie(line);
    if (value) canaries.add(value);
    return line;
  }

  function expectRefused(reply: Reply, code: ProblemCode, fields: object = {}): void {
    const { status, title } = problems[code];
    expect(reply.problem()).toEqual({
      type: expect.stringMatching(new RegExp(`/api/docs#${code}$`)) as unknown,
      title,
      status,
      code,
      detail: title,
      requestId: reply.headers['x-request-id'],
      ...fields,
    });
    expect(reply.status).toBe(status);
    expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.headers['www-authenticate']).toBe(status === 401 ? 'Bearer realm="postern"' : undefined);
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
  }

  /** So many texts at least were there to be looked for, and so many lines of requests to this address to look at. */
  async function expectSilentLog(
    address: string,
    { canariesMin, linesMin }: Readonly<Record<string, number>>,
  ): Promise<void> {
    await expect.poll(() => server.logLines.filter((line) => line.includes(address)).length).toBeGreaterThan(linesMin!);
    expect(canaries.size).toBeGreaterThan(canariesMin!);
    for (const line of servers.flatMap(({ logLines }) => logLines)) {
      for (const canary of canaries) {
        // The shortest are no text that a log could have by accident.
        if (canary.length >= 8) expect(line).not.toContain(canary);
      }
    }
  }

  return {
    server,
    organizationId,
    canaries,
    start,
    stop,
    newAddress,
    signIn,
    isSignedIn,
    sessionsOf,
    cookieLine,
    expectRefused,
    expectSilentLog,
  };
}
