import { systemClock } from '../gate/clock.ts';
import { recordKinds } from '../records/record-kinds.ts';
import { StoreUnavailableError } from '../store/port.ts';
import { given, RefusedError, UsageError, type StoreCommand } from './command.ts';
import { copyStore, describeKind, type OnProgress } from './copy-store.ts';

const progressEveryMs = 1_000;

export const migrateCommands: readonly StoreCommand[] = [
  {
    kind: 'stores',
    name: 'migrate-store',
    about: 'copy everything into another store; goes on where it was cut off',
    options: {
      from: { takes: 'URL', about: 'lmdb:PATH, mongodb://… or mongodb+srv://…', isRequired: true },
      to: { takes: 'URL', about: 'the same', isRequired: true },
    },
    async run({ openStore, values, warn }) {
      const [from, to] = [given(values, 'from'), given(values, 'to')];
      if (from === to) throw new UsageError('--from and --to are the same database.');
      const source = await openStore('--from', from, { mustBeThere: true });
      try {
        const target = await openStore('--to', to, { mustBeThere: false });
        try {
          const { copied, records, digest } = await copyStore(source, target, createProgress(warn));
          const width = Math.max(...recordKinds.map((kind) => describeKind(kind).length));
          const rows = recordKinds.map(
            (kind) => `${describeKind(kind).padEnd(width)}  ${records[kind]} (${copied[kind]} copied now)`,
          );
          return {
            json: { records, copied, digest },
            text: [...rows, `All records are the same in both stores: SHA-256 ${digest}`].join('\n'),
          };
        } finally {
          await target.close();
        }
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        throw new RefusedError(`${error.message} Run the command again: it goes on where it was.`);
      } finally {
        await source.close();
      }
    },
  },
];

/** A line for each kind, and while one takes long, a line a second. */
function createProgress(say: (line: string) => void): OnProgress {
  const words = { look: 'there already', copy: 'copied', compare: 'compared' };
  let saidAt = systemClock();
  return (phase, kind, count, isDone) => {
    const now = systemClock();
    if (!isDone && now - saidAt < progressEveryMs) return;
    saidAt = now;
    say(`${describeKind(kind)}: ${count} ${words[phase]}${isDone ? '' : ' so far'}`);
  };
}
