/** `POST /api/organizations` and `/api/org/{organizationId}/settings`: organizations that people make and rename themselves. */
import { afterAll, expect, test } from 'vitest';
import { allCommands } from '../../server/commands/all.ts';
import { createMember, createPerson, openBrowser, openSignedIn } from '../support/people.ts';
import { expectProblemBody } from '../support/problem.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
afterAll(() => server.stop());

const send = (method: string, body: object) => ({ method, body });
const eventsOf = async (id: string) => (await server.store.listAudit(id, { limit: 10 })).items;

test('who is signed in makes one, owns it, has credits in it, and finds it in the session; it is written down', async () => {
  const person = await createPerson(server, { email: 'ada@example.com' });
  const browser = await openSignedIn(server, person);
  const reply = await browser.send('/api/organizations', send('POST', { name: '  Ada & Söhne ' }));
  const made = reply.json() as { id: string };
  expect([reply.status, made]).toEqual([
    201,
    { id: expect.stringMatching(/^org_[0-9a-z]{25}$/) as unknown, name: 'Ada & Söhne', role: 'owner' },
  ]);
  expect(reply.headers['cache-control']).toBe('no-store');
  expect((await browser.send('/api/session')).json()).toMatchObject({ organizations: [made] });
  expect(await server.store.findCredits(made.id)).toEqual({ granted: 1_000, spent: 0 });
  const actor = { kind: 'user', id: person.id, name: 'ada@example.com' };
  const events = (await eventsOf(made.id)).toSorted((a, b) => (a.action < b.action ? -1 : 1));
  expect(events).toMatchObject([
    { action: 'member.joined', actor, after: { role: 'owner' } },
    { action: 'organization.created', actor, after: { name: 'Ada & Söhne' } },
  ]);
});

test('without a session, or from another page: refused, and nothing is made', async () => {
  const nobody = await openBrowser(server).send('/api/organizations', send('POST', { name: 'Mine' }));
  expectProblemBody(nobody, server.publicOrigin, 'sign_in_required', { fix: expect.any(String) as unknown });
  const person = await createPerson(server);
  const browser = await openSignedIn(server, person);
  const elsewhere = await browser.send('/api/organizations', {
    ...send('POST', { name: 'Mine' }),
    origin: 'https://evil.example',
  });
  expect(elsewhere.problem().code).toBe('forbidden');
  for (const body of [{}, { name: '' }, { name: 'x'.repeat(101) }, { name: 'a\u202Eb' }, { name: 'x', id: 'org_1' }]) {
    expect((await browser.send('/api/organizations', send('POST', body))).problem().code).toBe('request_invalid');
  }
  expect(await server.store.listMembershipsOf(person.id)).toEqual([]);
});

test('who owns 50 is refused the next, and told the command that makes one', async () => {
  const person = await createPerson(server);
  const browser = await openSignedIn(server, person);
  for (let count = 0; count < 50; count++) {
    const organizationId = await server.createOrganization();
    const createdAt = server.clock();
    await server.store.addMember({ organizationId, userId: person.id, role: 'owner', createdAt });
  }
  const refused = await browser.send('/api/organizations', send('POST', { name: 'One more' }));
  const { status, code, fix } = refused.problem();
  expect({ status, code }).toEqual({ status: 409, code: 'conflict' });
  const [, command] = /postern ([a-z]+(?: [a-z]+)*)/.exec(fix ?? '') ?? [];
  expect(allCommands.map(({ name }) => name)).toContain(command);
  expect(await server.store.listMembershipsOf(person.id)).toHaveLength(50);
});

test('an owner renames one; the same name again is no change that is written down', async () => {
  const organizationId = await server.createOrganization();
  const owner = await createMember(server, organizationId, 'owner');
  const path = `/api/org/${organizationId}/settings`;
  expect((await owner.send(path)).json()).toEqual({
    name: 'A test',
    auditReading: false,
    retentionDays: 30,
    contact: null,
    privacyUrl: null,
  });
  const before = (await eventsOf(organizationId)).length;
  for (let count = 0; count < 2; count++) {
    const reply = await owner.send(path, send('PATCH', { name: 'Acme' }));
    expect([reply.status, reply.json()]).toEqual([
      200,
      { name: 'Acme', auditReading: false, retentionDays: 30, contact: null, privacyUrl: null },
    ]);
  }
  expect((await owner.send(path)).json()).toEqual({
    name: 'Acme',
    auditReading: false,
    retentionDays: 30,
    contact: null,
    privacyUrl: null,
  });
  const events = await eventsOf(organizationId);
  expect(events).toHaveLength(before + 1);
  expect(events[0]).toMatchObject({
    action: 'organization.changed',
    target: { kind: 'organization', id: organizationId, name: 'Acme' },
    before: { name: 'A test' },
    after: { name: 'Acme' },
  });
});
