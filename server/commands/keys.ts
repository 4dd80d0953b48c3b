import { systemClock } from '../gate/clock.ts';
import { readSpent } from '../credits/spent.ts';
import type { Budget, BudgetPeriod } from '../gate/ports.ts';
import type { KeyRecord } from '../records/key.ts';
import { presentKey } from '../http/present.ts';
import type * as Wire from '../http/wire.ts';
import { keyInput, keyPatch, rotateInput } from '../keys/key-input.ts';
import { hasTags } from '../keys/tags.ts';
import { allowed, check, given, listOf, readSwitch, refusedBy, textOf, UsageError, wholeNumber } from './command.ts';
import type { Command, Option, Outcome, Tools, Values } from './command.ts';
import { allPages, findOrganization, findOrganizationOfKey, org, orgOf } from './find.ts';
import { domainLines } from './domain-lines.ts';
import { table } from './table.ts';

const oneKey = { words: { KEYID: 'key_…' }, options: { org: orgOf } } as const;
/** What `keys create` and `keys edit` both take. */
const described = {
  tags: { takes: 'A,B', about: 'words to group keys by, with commas; "" for none' },
  notes: { takes: 'TEXT', about: 'what people should know about it; "" for nothing' },
  scope: {
    takes: 'S',
    about: 'what it may do: agents:read, messages:write, … or scopes of your own API',
    isList: true,
    field: 'scopes',
  },
  publishableScope: {
    takes: 'S',
    about: 'a scope of your own that its publishable key alone has too',
    isList: true,
    field: 'publishableScopes',
  },
  externalId: { takes: 'ID', about: 'whose key it is in your own system; "" for nobody’s' },
  metadata: { takes: 'JSON', about: 'what you note about it: {"plan":"pro","seats":5}' },
  budget: { takes: '500/day|off', about: 'credits that web pages may spend with it in an hour, day or month' },
  visitorBudget: { takes: '200/day|off', about: 'the same for each visitor' },
} as const satisfies Readonly<Record<string, Option>>;
const expires = { takes: 'T', field: 'expiresAt' } as const;

export const keyCommands: readonly Command[] = [
  {
    kind: 'records',
    name: 'keys list',
    about: 'the keys of an organization, newest first',
    options: { tag: { takes: 'TAG', about: 'only keys with this tag; or with all of several', isList: true }, org },
    async run(tools) {
      const { id } = await findOrganization(tools);
      const wanted = listOf(tools.values, 'tag') ?? [];
      const found = (await allPages((page) => tools.keys.list(id, page))).filter((key) => hasTags(key, wanted));
      const nowMs = systemClock();
      const spent = await readSpent(tools.store, id, found, nowMs);
      const data = found.map((key) => presentKey(key, nowMs, spent.get(key.id) ?? 0));
      const rows = data.map((key) => [
        key.id,
        key.status,
        key.publicKey,
        key.lastUsedAt ?? 'never used',
        key.name,
        key.tags.join(', '),
      ]);
      return { json: { data }, text: table(rows, 'No keys yet.') };
    },
  },

  {
    kind: 'records',
    name: 'keys create',
    about: 'make a key; its secret is shown this once',
    options: {
      name: { takes: 'NAME', about: 'for you to tell keys apart', isRequired: true },
      domain: {
        takes: 'D',
        about: 'a domain whose pages may use it; or several with commas',
        isList: true,
        field: 'allowedDomains',
      },
      ...described,
      expires: { ...expires, about: 'when it stops working: 2027-01-31T00:00:00Z' },
      org,
    },
    async run(tools) {
      const { keys, values } = tools;
      const input = check(keyInput, {
        name: given(values, 'name'),
        allowedDomains: listOf(values, 'domain')?.join('\n'),
        ...readDescribed(values),
        expiresAt: values.expires,
      });
      const { id } = await findOrganization(tools);
      const { key, secretKey } = allowed(await keys.create(id, input));
      const pair = `${key.publicKey}:${secretKey}`;
      return {
        json: { key: presentKey(key, systemClock(), 0), secretKey },
        text: `Key ${key.id} (${key.name})\n\n  ${pair}\n\nThe part after the colon is the secret. It is shown only now: store it.`,
      };
    },
  },

  {
    kind: 'records',
    name: 'keys show',
    about: 'all there is to know about a key',
    ...oneKey,
    run: async (tools) => describeKey(tools, allowed(await tools.keys.find(...(await place(tools))))),
  },

  {
    kind: 'records',
    name: 'keys edit',
    about: 'change a key',
    words: oneKey.words,
    options: {
      name: { takes: 'NAME', about: 'for you to tell keys apart' },
      ...described,
      expires: { ...expires, about: 'when it stops working: 2027-01-31T00:00:00Z, or never' },
      rateLimit: { takes: '600/60|off', about: 'requests/seconds of its own; off: the server’s' },
      refuseSecretInBrowser: { takes: 'on|off', about: 'refuse its secret where a browser sends it' },
      learning: { takes: 'T|off', about: 'until when unknown origins are let in and listed', field: 'learningUntil' },
      org: orgOf,
    },
    async run(tools) {
      const patch = readPatch(tools.values);
      if (Object.keys(patch).length === 0) throw new UsageError('Say what to change: keys edit --help lists it.');
      return describeKey(tools, allowed(await tools.keys.edit(...(await place(tools)), patch)));
    },
  },

  switchCommand('keys enable', 'let a key work again', true),
  switchCommand('keys disable', 'stop a key: the very next call is refused', false),

  {
    kind: 'records',
    name: 'keys delete',
    about: 'delete a key for good',
    ...oneKey,
    async run(tools) {
      const [organizationId, keyId] = await place(tools);
      const refusal = await tools.keys.remove(organizationId, keyId);
      if (refusal !== undefined) throw refusedBy(refusal);
      return { json: { id: keyId, deleted: true }, text: `Key ${keyId} is deleted.` };
    },
  },

  {
    kind: 'records',
    name: 'keys rotate',
    about: 'give a key a new secret, shown this once',
    words: oneKey.words,
    options: {
      grace: {
        takes: 'SECONDS',
        about: 'how long the previous one still works (a day unless given)',
        field: 'graceSeconds',
      },
      org: orgOf,
    },
    async run(tools) {
      const { graceSeconds } = check(rotateInput, { graceSeconds: wholeNumber(tools.values, 'grace') });
      const { key, secretKey } = allowed(await tools.keys.rotate(...(await place(tools)), graceSeconds));
      return {
        json: { key: await presentNow(tools, key), secretKey },
        text: `New secret of ${key.id}, shown only now:\n\n  ${key.publicKey}:${secretKey}\n\n${graceSeconds === 0 ? 'The previous one works no more.' : `The previous one works for ${graceSeconds} seconds more.`}`,
      };
    },
  },
];

/** With what is spent of its budget at this moment. */
export async function presentNow({ store }: Tools, key: KeyRecord): Promise<Wire.Key> {
  const nowMs = systemClock();
  const spent = await readSpent(store, key.organizationId, [key], nowMs);
  return presentKey(key, nowMs, spent.get(key.id) ?? 0);
}

/** Which key of which organization. */
async function place(tools: Tools): Promise<[string, string]> {
  const [keyId = ''] = tools.words;
  return [await findOrganizationOfKey(tools, keyId), keyId];
}

function switchCommand(name: string, about: string, enabled: boolean): Command {
  return {
    kind: 'records',
    name,
    about,
    ...oneKey,
    async run(tools) {
      const key = allowed(await tools.keys.edit(...(await place(tools)), { enabled }));
      return { json: await presentNow(tools, key), text: `Key ${key.id} is ${enabled ? 'enabled' : 'disabled'}.` };
    },
  };
}

function readPatch(values: Values) {
  const orNull = (name: string, off: string): string | null | undefined => {
    const text = textOf(values, name);
    return text === off ? null : text;
  };
  return check(keyPatch, {
    name: values.name,
    ...readDescribed(values),
    expiresAt: orNull('expires', 'never'),
    rateLimit: readRateLimit(textOf(values, 'rateLimit')),
    refuseSecretInBrowser: readSwitch(values, 'refuseSecretInBrowser'),
    learningUntil: orNull('learning', 'off'),
  });
}

/** An empty list is one with an empty scope in it: `--publishable-scope ""`. */
function readDescribed(values: Values) {
  const externalId = textOf(values, 'externalId');
  const scopesOf = (name: string) => listOf(values, name)?.filter((scope) => scope !== '');
  return {
    tags: textOf(values, 'tags')
      ?.split(',')
      .filter((tag) => tag.trim() !== ''),
    notes: textOf(values, 'notes'),
    scopes: scopesOf('scope'),
    publishableScopes: scopesOf('publishableScope'),
    externalId: externalId === '' ? null : externalId,
    metadata: readMetadata(textOf(values, 'metadata')),
    budget: readBudget(textOf(values, 'budget'), '--budget'),
    visitorBudget: readBudget(textOf(values, 'visitorBudget'), '--visitor-budget'),
  };
}

function readMetadata(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError('--metadata must be a JSON object in quotes, such as \'{"plan":"pro"}\'.');
  }
}

function readRateLimit(text: string | undefined) {
  if (text === undefined) return undefined;
  if (text === 'off') return null;
  const [, requests, windowSeconds] = /^(\d{1,7})\/(\d{1,5})$/.exec(text) ?? [];
  if (windowSeconds === undefined)
    throw new UsageError('--rate-limit must be requests/seconds such as 600/60, or off.');
  return { requests: Number(requests), windowSeconds: Number(windowSeconds) };
}

function readBudget(text: string | undefined, option: string): Budget | null | undefined {
  if (text === undefined) return undefined;
  if (text === 'off') return null;
  const [, credits, per] = /^(\d{1,10})\/(hour|day|month)$/.exec(text) ?? [];
  if (per === undefined) throw new UsageError(`${option} must be credits/hour, day or month such as 500/day, or off.`);
  return { credits: Number(credits), per: per as BudgetPeriod };
}

function inWords({ credits, per }: Budget): string {
  return `${credits}/${per}`;
}

/** A line of its own for each of theirs. */
function noteRows({ notes }: Wire.Key): readonly (readonly string[])[] {
  return (notes || 'none').split('\n').map((line, index) => [index === 0 ? 'notes' : '', line]);
}

/** One line for each, and one when there is none. */
function domainRows({ domains }: Wire.Key): readonly (readonly string[])[] {
  if (domains.length === 0) return [['domains', 'none: it works only with its secret']];
  const lines = domainLines(domains, systemClock());
  return lines.map((line, index) => [index === 0 ? 'domains' : '', line]);
}

async function describeKey(tools: Tools, key: KeyRecord): Promise<Outcome> {
  const json = await presentNow(tools, key);
  const { rateLimit, budget, visitorBudget, spent } = json;
  const rows = [
    ['id', json.id],
    ['name', json.name],
    ['tags', json.tags.join(', ') || 'none'],
    ...noteRows(json),
    ['organization', key.organizationId],
    ['status', json.status],
    ['public key', json.publicKey],
    ['secret', json.secretHint],
    ...domainRows(json),
    ['scopes', json.scopes.join(', ') || 'none'],
    ['publishable scopes', json.publishableScopes.join(', ') || 'only those of the chat'],
    ['external id', json.externalId ?? 'none'],
    ['metadata', JSON.stringify(json.metadata)],
    ['expires', json.expiresAt ?? 'never'],
    ['rate limit', rateLimit === null ? 'the server’s' : `${rateLimit.requests}/${rateLimit.windowSeconds}`],
    [
      'budget',
      budget === null ? 'none: pages may spend all there is' : `${inWords(budget)}, ${spent?.credits ?? 0} spent`,
    ],
    ['budget of a visitor', visitorBudget === null ? 'none' : inWords(visitorBudget)],
    ['secrets from browsers', json.refuseSecretInBrowser ? 'refused' : 'accepted, with a warning'],
    ['learning until', json.learningUntil ?? 'off'],
    ['created', json.createdAt],
    ['last used', json.lastUsedAt ?? 'never'],
  ];
  return { json, text: table(rows, '') };
}
