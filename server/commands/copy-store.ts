/**
 * Copies all records from one store into another: first looks that the target holds nothing else, then adds what is
 * missing there, then compares all of both. So it can be cut off anywhere and run again. Nothing is ever overwritten.
 */
import { createHash } from 'node:crypto';
import { recordKinds, type RecordKind } from '../records/record-kinds.ts';
import type { CopyableStore } from '../store/port.ts';
import { RefusedError } from './command.ts';
import { recordDigest } from './record-digest.ts';
import { pageSize, walk, type AnyRecord, type Pair } from './record-walk.ts';

type RecordCounts = Readonly<Record<RecordKind, number>>;

interface Copied {
  readonly copied: RecordCounts;
  /** In each of the stores. */
  readonly records: RecordCounts;
  /** SHA-256 over the digests of all records in the order of their kinds and keys. */
  readonly digest: string;
}

/** Told how far it is, often. */
export type OnProgress = (phase: 'look' | 'copy' | 'compare', kind: RecordKind, count: number, isDone: boolean) => void;

const examplesMax = 5;

export async function copyStore(source: CopyableStore, target: CopyableStore, onProgress: OnProgress): Promise<Copied> {
  for (const kind of recordKinds) await refuseOthers(kind, source, target, onProgress);
  const copied: [RecordKind, number][] = [];
  for (const kind of recordKinds) copied.push([kind, await copyMissing(kind, source, target, onProgress)]);
  return { copied: Object.fromEntries(copied) as RecordCounts, ...(await compareAll(source, target, onProgress)) };
}

async function refuseOthers(
  kind: RecordKind,
  source: CopyableStore,
  target: CopyableStore,
  onProgress: OnProgress,
): Promise<void> {
  const { records, next } = await target.exportRecords(kind, null, 1);
  if (records.length === 0 && next === null) return;
  let count = 0;
  for await (const pair of walk(kind, source, target)) {
    if (pair.target === undefined) continue;
    if (!isSame(pair)) {
      throw new RefusedError(
        `Nothing was copied: the target holds other records than the source, for example ${nameOf(kind, pair)}. Give an empty database, or the one that an earlier run of this command began.`,
      );
    }
    onProgress('look', kind, ++count, false);
  }
}

async function copyMissing(
  kind: RecordKind,
  source: CopyableStore,
  target: CopyableStore,
  onProgress: OnProgress,
): Promise<number> {
  let missing: AnyRecord[] = [];
  let copied = 0;
  const copy = async (): Promise<void> => {
    if (missing.length > 0) copied += await target.importRecords(kind, missing);
    missing = [];
    onProgress('copy', kind, copied, false);
  };
  for await (const pair of walk(kind, source, target)) {
    if (pair.source === undefined || pair.target !== undefined) continue;
    missing.push(pair.source.record);
    if (missing.length >= pageSize(kind)) await copy();
  }
  await copy();
  onProgress('copy', kind, copied, true);
  return copied;
}

async function compareAll(
  source: CopyableStore,
  target: CopyableStore,
  onProgress: OnProgress,
): Promise<Omit<Copied, 'copied'>> {
  const all = createHash('sha256');
  const records: [RecordKind, number][] = [];
  const examples: string[] = [];
  let differing = 0;
  for (const kind of recordKinds) {
    let count = 0;
    for await (const pair of walk(kind, source, target)) {
      if (isSame(pair)) all.update(`${kind} ${recordDigest(pair.source?.record ?? {})}\n`);
      else if (++differing <= examplesMax) examples.push(nameOf(kind, pair));
      onProgress('compare', kind, ++count, false);
    }
    records.push([kind, count]);
  }
  if (differing > 0) {
    throw new RefusedError(
      `${differing} records are not the same in both stores: ${examples.join('; ')}${differing > examplesMax ? '; …' : ''}. A server changed them meanwhile. Stop every server on both stores, empty the target, and run the command again.`,
    );
  }
  return { records: Object.fromEntries(records) as RecordCounts, digest: all.digest('hex') };
}

function isSame({ source, target }: Pair): boolean {
  if (source === undefined || target === undefined) return false;
  return recordDigest(source.record) === recordDigest(target.record);
}

/** By its ids, which are no secret, and where it is. */
function nameOf(kind: RecordKind, { source, target }: Pair): string {
  const where = source === undefined ? 'only in the target' : target === undefined ? 'only in the source' : 'different';
  return `${describeKind(kind)} ${(source ?? target)?.key.join(' ') ?? ''} (${where})`;
}

/** `usageDays` → `usage days` */
export function describeKind(kind: RecordKind): string {
  return kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
