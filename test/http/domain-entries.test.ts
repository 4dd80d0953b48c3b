/** `/api/org/{organizationId}/api-keys`: domains with a label and an end, and when they last admitted a call. */
import { afterAll, describe, expect, test, vi } from 'vitest';
import { dayMs } from '../../server/gate/clock.ts';
import { openOrgKeys } from '../support/org-keys.ts';

const {
  server,
  organizationId,
  member,
  sentence,
  ask,
  put,
  read,
  stored,
  at,
  asPage,
  meets,
  expectRefused,
  expectInvalid,
  seen,
  create,
} = await openOrgKeys();
afterAll(() => server.stop());

const pattern = 'pr-12.example.dev';
const origin = `https://${pattern}`;

describe('a domain with a label and an end', () => {
  test('is in the list until it ends, and still among the domains then; nobody has to do anything', async () => {
    const key = await put({ allowedDomains: ['shop.example'] });
    const expiresAt = at(60_000);
    const reply = await ask('PATCH', `/${key.id}`, {
      addDomains: [{ pattern: ' PR-12.example.dev', label: ' PR 12 ', expiresAt }],
    });
    const entry = {
      pattern,
      label: 'PR 12',
      expiresAt,
      addedAt: at(),
      addedBy: { kind: 'user', id: member.user.id, name: member.user.email },
      lastMatchedAt: null,
    };
    expect(reply.json()).toMatchObject({ allowedDomains: ['shop.example', pattern], domains: [{}, entry] });
    expect(await meets(asPage(key, origin))).toBe('ok');
    server.clock.advance(60_000);
    expect(await meets(asPage(key, origin))).toBe('origin_not_allowed');
    expect(await read(key.id)).toMatchObject({
      allowedDomains: ['shop.example'],
      domains: [{}, { pattern, expiresAt }],
    });
  });

  test('can be given to a new key, beside a plain list', async () => {
    const expiresAt = at(dayMs);
    const { key } = await create({ allowedDomains: 'shop.example', addDomains: ['a.example', { pattern, expiresAt }] });
    expect(key.allowedDomains).toEqual(['shop.example', 'a.example', pattern]);
    expect(key.domains.map((domain) => domain.expiresAt)).toEqual([null, null, expiresAt]);
  });

  test('keeps both when the whole list is written, which may say more about its own entries', async () => {
    const key = await put({ allowedDomains: ['shop.example'] });
    const expiresAt = at(dayMs);
    await ask('PATCH', `/${key.id}`, { addDomains: [{ pattern, label: 'PR 12', expiresAt }] });
    const body = { allowedDomains: [pattern, 'new.example'], addDomains: [{ pattern: 'new.example', label: 'New' }] };
    expect((await ask('PATCH', `/${key.id}`, body)).json()).toMatchObject({
      allowedDomains: [pattern, 'new.example'],
      domains: [
        { pattern, label: 'PR 12', expiresAt },
        { pattern: 'new.example', label: 'New', expiresAt: null },
      ],
    });
  });

  test('is written down with label and end', async () => {
    const key = await put({ allowedDomains: ['shop.example'] });
    const expiresAt = at(dayMs);
    await ask('PATCH', `/${key.id}`, { addDomains: [{ pattern, label: 'PR 12', expiresAt }] });
    const { items } = await server.store.listAudit(organizationId, { limit: 100 });
    const event = items.find(({ target, action }) => target.id === key.id && action === 'key.changed');
    expect(event).toMatchObject({
      action: 'key.changed',
      before: { allowedDomains: ['shop.example'], domains: [] },
      after: { allowedDomains: ['shop.example', pattern], domains: [{ pattern, label: 'PR 12', expiresAt }] },
    });
  });

  test('is found by its label', async () => {
    const key = await put({ allowedDomains: ['shop.example'] });
    await ask('PATCH', `/${key.id}`, { addDomains: [{ pattern, label: 'Preview of Ada' }] });
    expect((await ask('GET', '?q=view%20of%20ada')).json()).toMatchObject({ data: [{ id: key.id }], total: 1 });
  });

  test('that ended blocks nobody anew when it is removed', async () => {
    const key = await put({ allowedDomains: ['shop.example', pattern] });
    await seen(key, 1, { [origin]: [3, 0] });
    expectRefused(await ask('PATCH', `/${key.id}`, { removeDomains: [pattern] }), 'conflict', {
      detail: sentence,
      fix: sentence,
      replay: [{ origin, requests: 3, allowed: false }],
    });
    await ask('PATCH', `/${key.id}`, { addDomains: [{ pattern, expiresAt: at(1) }] });
    server.clock.advance(1);
    expect((await ask('PATCH', `/${key.id}`, { removeDomains: [pattern] })).status).toBe(200);
    expect((await stored(key.id))?.allowedDomains).toEqual(['shop.example']);
  });

  test.each<[string, object, readonly string[]]>([
    ['an end that is past', { pattern, expiresAt: '2020-01-01T00:00:00Z' }, ['addDomains.0.expiresAt']],
    ['a pattern that is none', { pattern: '*' }, ['addDomains.0']],
    ['a label with a line break', { pattern, label: 'a\nb' }, ['addDomains.0.label']],
  ])('%s is refused', async (_name, entry, paths) => {
    const key = await put({ allowedDomains: ['shop.example'] });
    await expectInvalid(() => ask('PATCH', `/${key.id}`, { addDomains: [entry] }), paths);
    expect(await stored(key.id)).toEqual(key);
  });
});

describe('the last match of a domain', () => {
  test('is of the first that fits, and no refused call is one', async () => {
    const key = await put({ allowedDomains: ['*.example.dev', pattern] });
    await meets(asPage(key, 'https://evil.example'));
    expect(await meets(asPage(key, origin))).toBe('ok');
    const matched = async () => (await read(key.id)).domains.map(({ lastMatchedAt }) => lastMatchedAt);
    await vi.waitFor(async () => expect(await matched()).toEqual([at(), null]), { timeout: 5_000 });
  });
});
