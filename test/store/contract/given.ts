/** What each part of the contract is given, and makes of it. */
import { expect } from 'vitest';
import type { KeyRecord } from '../../../server/records/key.ts';
import type { CopyableStore, Store, TurnAnswer, TurnBeginning } from '../../../server/store/port.ts';
import { sampleKey, sampleOrganization } from '../../support/sample-records.ts';

export type StoreUnderTest = Store & CopyableStore;

export interface Given {
  readonly store: StoreUnderTest;
  /** Of its database. */
  readonly url: string;
  /** The id of an organization that was made for the test, with 10 credits. */
  readonly org: string;
}

/** A turn that is answered, split into what is asked and what is answered. */
export function answering({ turn, ...begin }: TurnBeginning): [beginning: TurnBeginning, answer: TurnAnswer] {
  const { reply, unansweredOf, ...asked } = turn;
  if (reply === null) throw new TypeError('A turn that is answered has a reply.');
  const unanswered = unansweredOf !== undefined && { unansweredOf };
  const answer: TurnAnswer = { state: 'answered', isCharged: true, reply, ...unanswered };
  return [{ ...begin, turn: { ...asked, state: 'asking', isCharged: false, reply: null } }, answer];
}

export function answerTurn(store: Store, answered: TurnBeginning): ReturnType<Store['answerTurn']> {
  const [beginning, answer] = answering(answered);
  return store.answerTurn(beginning, () => Promise.resolve(answer));
}

export async function newOrganization(store: StoreUnderTest, credits: number): Promise<string> {
  const organization = sampleOrganization();
  expect(await store.createOrganization(organization, credits)).toBe('created');
  return organization.id;
}

export async function newKey(
  store: StoreUnderTest,
  organizationId: string,
  change: Partial<KeyRecord> = {},
): Promise<KeyRecord> {
  const key = sampleKey(organizationId, change);
  expect(await store.createKey(key)).toBe('created');
  return key;
}
