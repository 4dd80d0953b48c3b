/** Writes until it is killed, and says on its standard output what was acknowledged: see writeUntilItFails. */
import { openStore } from '../../server/store/open.ts';
import { databaseAt } from './database-at.ts';
import { writeUntilItFails } from './acknowledged-writes.ts';

const store = await openStore(databaseAt(process.argv[2] ?? ''));
await writeUntilItFails(store, (written) => process.stdout.write(`${JSON.stringify(written)}\n`));
