/** A real mongod for tests: which binary, and servers on free ports with folders of their own. */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { MongoBinary, MongoMemoryServer } from 'mongodb-memory-server-core';
import { getMongod } from './get-mongod.ts';

const lastResortLimitMs = 60_000;

/** What the global set-up found. */
interface MongodForTests {
  /** A running server; undefined when there is none, and then the suites on MongoDB are skipped. */
  readonly url: string | undefined;
  /** A binary for tests that kill their server; undefined when only a running server was given. */
  readonly binary: string | undefined;
}

declare module 'vitest' {
  interface ProvidedContext {
    mongod: MongodForTests;
  }
}

/** The binary on the PATH, else the one of `npm run get-mongod`, else what mongodb-memory-server downloads. */
export async function findMongod(): Promise<string> {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter((text) => text !== '')) {
    const path = join(folder, 'mongod');
    const isProgram = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isProgram) return path;
  }
  try {
    return await getMongod();
  } catch (error) {
    const timer = new Promise<never>((_resolve, reject) => {
      setTimeout(() => reject(new Error('The download took too long.')), lastResortLimitMs).unref();
    });
    return await Promise.race([MongoBinary.getPath({}), timer]).catch((lastError: unknown) => {
      throw new AggregateError([error, lastError], 'No mongod could be found or downloaded.');
    });
  }
}

/** Starts a standalone server; at a port, and with a folder on what was there before. */
export async function startMongod(
  binary: string,
  again?: { readonly dbPath?: string; readonly port: number },
): Promise<MongoMemoryServer> {
  process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK = 'false';
  return MongoMemoryServer.create({
    binary: { systemBinary: binary },
    instance: { storageEngine: 'wiredTiger', launchTimeout: 30_000, portGeneration: again === undefined, ...again },
  });
}

/** The URL of a database that nobody else uses. */
export function freshDatabase(url: string): string {
  const fresh = new URL(url);
  fresh.pathname = `/postern_${crypto.randomUUID().replaceAll('-', '')}`;
  return fresh.href;
}
