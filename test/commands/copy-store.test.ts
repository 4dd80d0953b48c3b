/** What `postern migrate-store` does, cut off and disturbed at every point. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { RefusedError } from '../../server/commands/command.ts';
import { copyStore } from '../../server/commands/copy-store.ts';
import { recordKinds, type RecordKind } from '../../server/records/record-kinds.ts';
import { openLmdbStore } from '../../server/store/lmdb/store.ts';
import { StoreUnavailableError, type CopyableStore, type Store } from '../../server/store/port.ts';
import { describeEvery, describeStore, importEvery, sampleEveryRecord } from '../support/every-record.ts';
import { sampleTurn, sampleUser } from '../support/sample-records.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-copy-'));
const every = sampleEveryRecord();
const opened: (Store & CopyableStore)[] = [];
let source: Store & CopyableStore;
let target: Store & CopyableStore;

function openEmpty(): Store & CopyableStore {
  const store = openLmdbStore(join(folder, String(opened.length)));
  opened.push(store);
  return store;
}

beforeEach(async () => {
  [source, target] = [openEmpty(), openEmpty()];
  await importEvery(source, every);
});

afterAll(async () => {
  for (const store of opened) await store.close();
  rmSync(folder, { recursive: true });
});

/** A target that breaks at its nth import: before it is made, or when it is made and nobody was told. */
function breakingAt(nth: number, when: 'before' | 'after'): CopyableStore {
  let imports = 0;
  return {
    ping: () => target.ping(),
    close: () => target.close(),
    exportRecords: (...page) => target.exportRecords(...page),
    async importRecords(kind, records) {
      const isBreaking = ++imports === nth;
      if (isBreaking && when === 'before') throw new StoreUnavailableError('away');
      const added = await target.importRecords(kind, records);
      if (isBreaking) throw new StoreUnavailableError('away');
      return added;
    },
  };
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => 'nothing was refused',
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(RefusedError);
  return (error as Error).message;
}

const ignore = (): void => undefined;

describe('a copy', () => {
  test('has all, says how many, and has one digest in both directions', async () => {
    const done: string[] = [];
    const copied = await copyStore(source, target, (phase, kind, count, isDone) => {
      if (isDone) done.push(`${phase} ${kind} ${count}`);
    });
    const counts = Object.fromEntries(recordKinds.map((kind) => [kind, every[kind].length]));
    expect(copied).toMatchObject({ copied: counts, records: counts });
    expect(done).toStrictEqual(recordKinds.map((kind) => `copy ${kind} ${every[kind].length}`));
    expect(await describeStore(target)).toStrictEqual(describeEvery(every));
    const back = openEmpty();
    expect(await copyStore(target, back, ignore)).toStrictEqual(copied);
    const none = Object.fromEntries(recordKinds.map((kind) => [kind, 0]));
    expect(await copyStore(source, back, ignore)).toStrictEqual({ ...copied, copied: none });
  });

  test.each(['before', 'after'] as const)('that breaks %s any write goes on where it was', async (when) => {
    for (let nth = 1; nth <= recordKinds.length; nth++) {
      target = openEmpty();
      await expect(copyStore(source, breakingAt(nth, when), ignore)).rejects.toThrow(StoreUnavailableError);
      const there = await describeStore(target);
      expect(describeEvery(every)).toEqual(expect.arrayContaining([...there]));
      const { copied } = await copyStore(source, target, ignore);
      expect(Object.values(copied).reduce((sum, count) => sum + count)).toBe(
        describeEvery(every).length - there.length,
      );
      expect(await describeStore(target)).toStrictEqual(describeEvery(every));
    }
  });

  test('of many pages goes on in the middle of one', async () => {
    const { id } = every.conversations[0]!;
    const turns = Array.from({ length: 1_300 }, (_, index) => sampleTurn(id, { messageId: `n_${index}` }));
    await source.importRecords('turns', turns);
    await target.importRecords(
      'turns',
      turns.filter((_, index) => index % 3 === 0),
    );
    expect((await copyStore(source, target, ignore)).copied.turns).toBe(
      every.turns.length + turns.filter((_, index) => index % 3 !== 0).length,
    );
    expect(await describeStore(target)).toStrictEqual(await describeStore(source));
  });
});

describe('refused, with nothing written', () => {
  const [user, key, link] = [every.users[1]!, every.keys[1]!, every.links[1]!];
  test.each<[string, () => Promise<unknown>, string]>([
    ['another record', () => target.importRecords('users', [sampleUser()]), 'only in the target'],
    ['a record changed', () => target.importRecords('users', [{ ...user, passwordHash: 'b3RoZXI=' }]), user.id],
    ['a session more', () => target.importRecords('users', [{ ...user, sessions: [] }]), '(different)'],
    ['a key’s last use', () => target.importRecords('keys', [{ ...key, lastUsedAt: 1 }]), key.id],
    ['the links of its first start', () => target.importRecords('links', [{ ...link, id: 'lnk_other' }]), 'links'],
  ])('a target with %s', async (_name, prepare, reason) => {
    await prepare();
    const before = await describeStore(target);
    const refusal = await reasonOf(copyStore(source, target, ignore));
    expect(refusal).toContain('Nothing was copied');
    expect(refusal).toContain(reason);
    expect(await describeStore(target)).toStrictEqual(before);
  });
});

describe('a source that changes meanwhile', () => {
  const [key, user, turn] = [every.keys[0]!, every.users[0]!, every.turns[0]!];
  const changes: readonly [string, RecordKind, () => Promise<unknown>][] = [
    ['a change', 'keys', () => source.changeKey(key.organizationId, key.id, { enabled: false })],
    ['a deletion', 'keys', () => source.deleteKey(key.organizationId, key.id)],
    ['a new record', 'users', () => source.createUser(sampleUser())],
    ['a session that ended', 'users', () => source.changeUser(user.id, { passwordHash: 'bmV3', sessions: [] })],
    ['a credit', 'organizations', () => source.grantCredits(every.organizations[0]!.organization.id, 1)],
    ['an answer', 'turns', () => source.changeTurn(turn.conversationId, turn.messageId, 'atm_1', { attempts: 2 })],
  ];

  // Fails when counts alone are compared, or only the records that were copied.
  test.each(changes)('is noticed: %s', async (_name, kind, change) => {
    let changed: Promise<unknown> | undefined;
    const refusal = await reasonOf(
      copyStore(source, target, (phase, copiedKind, _count, isDone) => {
        if (phase === 'copy' && isDone && copiedKind === kind) changed = change();
      }),
    );
    await changed;
    expect(refusal).toMatch(/^\d+ records are not the same in both stores: /);
    expect(refusal).toContain(kind);
  });
});

test('records out of order are no copy', async () => {
  const disordered: CopyableStore = {
    ping: () => source.ping(),
    close: () => source.close(),
    importRecords: (kind, records) => source.importRecords(kind, records),
    async exportRecords(kind, after, limit) {
      const { records, next } = await source.exportRecords(kind, after, limit);
      return { records: records.toReversed(), next };
    },
  };
  await expect(copyStore(disordered, target, ignore)).rejects.toThrow('out of order');
});
