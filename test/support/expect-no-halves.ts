/** In an embedded store that `writeUntilItFails` wrote, everything that belongs together is there together. */
import { open } from 'lmdb';
import { expect } from 'vitest';
import type { Conversation } from '../../server/records/conversation.ts';
import type { CreditHold, Credits } from '../../server/records/credits.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import type { Organization } from '../../server/records/organization.ts';
import type { Turn } from '../../server/records/turn.ts';
import type { User } from '../../server/records/user.ts';

export async function expectNoHalves(path: string): Promise<void> {
  const root = open({ path, noSubdir: false, maxDbs: 32, encoding: 'json' });
  const all = (name: string) => [
    ...root.openDB<unknown, string[]>({ name, encoding: 'json' }).getRange({ snapshot: true }),
  ];
  const values = (name: string) => all(name).map(({ value }) => value);
  const keys = values('keys') as KeyRecord[];
  const indexed = all('publicKeys').map(({ key, value }) => [...key, value].join());
  const byKey = keys.map((key) => [key.organizationId, key.id, key.publicKey].join());
  expect(indexed.toSorted()).toStrictEqual(byKey.toSorted());
  const emails = all('emails').map(({ key, value }) => `${String(key)},${String(value)}`);
  expect(emails.toSorted()).toStrictEqual(
    (values('users') as User[]).map(({ email, id }) => `${email},${id}`).toSorted(),
  );
  const members = all('members').map(({ key }) => key.toReversed().join());
  expect(
    all('memberships')
      .map(({ key }) => key.join())
      .toSorted(),
  ).toStrictEqual(members.toSorted());
  const held = new Map<string, number>();
  for (const { key, value } of all('holds')) held.set(key[0]!, (held.get(key[0]!) ?? 0) + (value as CreditHold).amount);
  for (const { organization, credits } of values('organizations') as {
    organization: Organization;
    credits: Credits;
  }[])
    expect(credits.spent).toBe(held.get(organization.id) ?? 0);
  const conversations = values('conversations') as Conversation[];
  const active = all('activeConversations').map(({ key }) => key.join());
  expect(active.toSorted()).toStrictEqual(conversations.map((one) => `${one.lastActiveAt},${one.id}`).toSorted());
  const asked = new Map(conversations.map((one) => [one.id, one.lastActiveAt]));
  for (const turn of values('turns') as Turn[]) expect(asked.get(turn.conversationId)).toBe(turn.askedAt);
  await root.close();
}
