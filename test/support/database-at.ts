import { isRefusal } from '../../server/gate/problem.ts';
import { parseDatabaseUrl, type DatabaseUrl } from '../../server/store/open.ts';

/** The URL of a test's database, which can be read. */
export function databaseAt(text: string): DatabaseUrl {
  const url = parseDatabaseUrl(text);
  if (isRefusal(url)) throw new Error(`The URL of the test's database must be ${url.expected}.`);
  return url;
}
