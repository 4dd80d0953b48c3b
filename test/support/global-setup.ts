/** Once before all tests: a mongod for those that need one, and where redis-server is. */
import type { TestProject } from 'vitest/node';
import { findMongod, startMongod } from './mongod.ts';
import { findRedisServer } from './redis.ts';

export default function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  provideRedis(project);
  return provideMongod(project);
}

function provideRedis(project: TestProject): void {
  const program = findRedisServer();
  project.provide('redis', program);
  if (program !== undefined) return;
  if (process.env.CI === 'true')
    throw new Error('The tests on Redis must run here, and no redis-server is on the PATH.');
  console.error('\n!!! THE TESTS ON REDIS ARE SKIPPED: no redis-server on the PATH. Debian has it as redis-server.\n');
}

async function provideMongod(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const url = process.env.TEST_MONGODB_URI;
  if (url !== undefined && url !== '') {
    console.error('\n!!! THE TESTS THAT KILL THEIR MONGOD ARE SKIPPED: TEST_MONGODB_URI only lends one.\n');
    project.provide('mongod', { url, binary: undefined });
    return undefined;
  }
  try {
    const binary = await findMongod();
    const server = await startMongod(binary);
    project.provide('mongod', { url: server.getUri(), binary });
    return async () => {
      await server.stop();
    };
  } catch (error) {
    const isRequired = process.env.CI === 'true' || process.env.POSTERN_REQUIRE_MONGOD === '1';
    if (isRequired) throw new Error('The tests on MongoDB must run here, and there is no mongod.', { cause: error });
    console.error(
      '\n!!! THE TESTS ON MONGODB ARE SKIPPED: no mongod. Set TEST_MONGODB_URI, or put mongod on the PATH, or run: npm run get-mongod\n',
    );
    project.provide('mongod', { url: undefined, binary: undefined });
    return undefined;
  }
}
