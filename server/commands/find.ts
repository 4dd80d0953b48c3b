/** Which organization a command is about: the one that was named, the one that has the key, agent or webhook, or the only one. */
import type { Organization } from '../records/organization.ts';
import type { KeptOrganization, RecordKey } from '../records/record-kinds.ts';
import type { CopyableStore, Page, PageRequest, RecordPage } from '../store/port.ts';
import { RefusedError, textOf, UsageError, type Option, type Tools } from './command.ts';

const pageSize = 500;
const namedMax = 10;

/** For commands on one organization. */
export const org: Option = { takes: 'ID', about: 'the organization; may be left out while there is only one' };
/** For commands on one key, agent or webhook. */
export const orgOf: Option = { takes: 'ID', about: 'its organization; found by itself when left out' };

type Named = Pick<Tools, 'store' | 'values'>;

export async function* organizationsIn(store: Pick<CopyableStore, 'exportRecords'>): AsyncGenerator<KeptOrganization> {
  let after: RecordKey | null = null;
  do {
    const { records, next }: RecordPage<'organizations'> = await store.exportRecords('organizations', after, pageSize);
    yield* records;
    after = next;
  } while (after !== null);
}

export async function findOrganization({ store, values }: Named): Promise<Organization> {
  const named = textOf(values, 'org');
  if (named !== undefined) {
    const organization = await store.findOrganization(named);
    if (organization !== undefined) return organization;
    throw new RefusedError('There is no such organization.', {
      code: 'not_found',
      fix: 'The command "org list" shows all of them.',
    });
  }
  const found: Organization[] = [];
  for await (const { organization } of organizationsIn(store)) {
    if (found.push(organization) > namedMax) break;
  }
  const [only, ...others] = found;
  if (only === undefined) {
    throw new RefusedError('There is no organization yet.', { fix: 'Make one: org create --name NAME' });
  }
  if (others.length === 0) return only;
  const list = found.slice(0, namedMax).map(({ id, name }) => `  ${id}  ${name}`);
  throw new UsageError(
    `Say which organization, with --org ID:\n${list.join('\n')}${found.length > namedMax ? '\n  …' : ''}`,
  );
}

export const findOrganizationOfKey = (tools: Named, keyId: string): Promise<string> =>
  findOwner(tools, 'key', async (id) => (await tools.store.findKey(id, keyId)) !== undefined);

export const findOrganizationOfAgent = (tools: Named, agentId: string): Promise<string> =>
  findOwner(tools, 'agent', async (id) => (await tools.store.findAgent(id, agentId)) !== undefined);

export const findOrganizationOfWebhook = (tools: Named, webhookId: string): Promise<string> =>
  findOwner(tools, 'webhook', async (id) => (await tools.store.findWebhook(id, webhookId)) !== undefined);

/** Ids are unique in the whole store. */
async function findOwner(
  tools: Named,
  kind: 'key' | 'agent' | 'webhook',
  owns: (organizationId: string) => Promise<boolean>,
): Promise<string> {
  if (textOf(tools.values, 'org') !== undefined) return (await findOrganization(tools)).id;
  for await (const { organization } of organizationsIn(tools.store)) {
    if (await owns(organization.id)) return organization.id;
  }
  throw new RefusedError(`There is no such ${kind}.`, {
    code: 'not_found',
    fix: `The command "${kind}s list" shows all of an organization.`,
  });
}

/** Every item of a list that comes in pages. */
export async function allPages<Item>(read: (page: PageRequest) => Promise<Page<Item>>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for (let cursor: string | undefined; ;) {
    const { items, nextCursor } = await read({ limit: 100, cursor });
    all.push(...items);
    if (nextCursor === null) return all;
    cursor = nextCursor;
  }
}
