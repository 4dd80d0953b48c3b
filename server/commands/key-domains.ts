/** Which pages may use a key: the list, and what becomes of one origin. */
import { commandLine } from '../audit/audit.ts';
import { splitPatternList } from '../gate/domain-pattern.ts';
import { domainsInForce } from '../gate/domains-in-force.ts';
import { dayMs, systemClock, toIsoTime } from '../gate/clock.ts';
import { isPublicKey } from '../gate/key-format.ts';
import type { KeyRecord } from '../records/key.ts';
import { createAuthenticator } from '../gate/authenticate.ts';
import { changedDomains } from '../keys/changed-domains.ts';
import { explainOrigin } from '../gate/explain.ts';
import { keyPatch } from '../keys/key-input.ts';
import { createScryptQueue } from '../gate/scrypt-queue.ts';
import { createSecrets } from '../gate/secret.ts';
import { createLimiter } from '../usage/limiter.ts';
import { allowed, check, listOf, RefusedError, textOf, UsageError } from './command.ts';
import type { Command, Outcome, Tools } from './command.ts';
import { domainLines } from './domain-lines.ts';
import { presentNow } from './keys.ts';
import { findOrganization, findOrganizationOfKey, orgOf } from './find.ts';

const domain = { takes: 'D', isList: true, field: 'allowedDomains' } as const;

export const keyDomainCommands: readonly Command[] = [
  {
    kind: 'records',
    name: 'keys domains',
    about: 'show or change the domains whose pages may use a key, and say what that newly blocks',
    words: { KEYID: 'key_…' },
    options: {
      set: { ...domain, about: 'replace the list; "" empties it' },
      add: { ...domain, about: 'add one, or several with commas', field: 'addDomains' },
      for: { takes: '30m|12h|3d', about: 'how long what is added admits pages; then it has ended' },
      label: { takes: 'TEXT', about: 'what you call what is added: "PR 12"' },
      remove: { ...domain, about: 'take one away', field: 'removeDomains' },
      org: orgOf,
    },
    async run(tools) {
      const { keys, values, words, warn } = tools;
      const [keyId = ''] = words;
      const [set, add, remove] = [listOf(values, 'set'), listOf(values, 'add'), listOf(values, 'remove')];
      if (set !== undefined && (add ?? remove) !== undefined) {
        throw new UsageError('--set replaces the whole list: give it, or --add and --remove.');
      }
      const [endsIn, label] = [textOf(values, 'for'), textOf(values, 'label')];
      if (add === undefined && (endsIn ?? label) !== undefined) {
        throw new UsageError('--for and --label are about what --add adds.');
      }
      const nowMs = systemClock();
      const expiresAt = endsIn === undefined ? undefined : toIsoTime(nowMs + readDuration(endsIn));
      const organizationId = await findOrganizationOfKey(tools, keyId);
      const key = allowed(await keys.find(organizationId, keyId));
      if ((set ?? add ?? remove) === undefined) return describeDomains(tools, key);
      const patch = check(keyPatch, {
        allowedDomains: set?.join('\n'),
        addDomains: add && splitPatternList(add.join('\n')).map((pattern) => ({ pattern, label, expiresAt })),
        removeDomains: remove && splitPatternList(remove.join('\n')),
        confirm: true,
      });
      const gone = (patch.removeDomains ?? []).filter((text) => !key.allowedDomains.includes(text));
      if (gone.length > 0) {
        throw new RefusedError(`${key.id} has no domain ${gone.join(', ')}.`, {
          fix: `Its list: ${key.allowedDomains.join(', ')}`,
        });
      }
      const made = changedDomains(key, patch, { actor: commandLine, nowMs });
      const replayed = await keys.replay(organizationId, keyId, domainsInForce(made, nowMs));
      const outcome = await describeDomains(tools, allowed(await keys.edit(organizationId, keyId, patch)));
      for (const { origin, requests, isBlockedAnew } of replayed) {
        if (isBlockedAnew) warn(`Now blocked: ${origin} (${requests} requests in the last 30 days).`);
      }
      return outcome;
    },
  },

  {
    kind: 'records',
    name: 'keys explain',
    about: 'whether pages of an origin may use a key, and why; exit code 1 when not',
    words: { PK: 'the publishable key, pk_…', ORIGIN: 'https://shop.example.com' },
    options: { org: orgOf },
    async run(tools) {
      const { store, values, words, warn } = tools;
      const [publicKey = '', origin = ''] = words;
      // A mistyped one is refused as a page with it would be.
      if (!/^pk_[^:]*$/.test(publicKey))
        throw new UsageError('PK must be a publishable key, pk_…, without its secret.');
      const found = isPublicKey(publicKey) ? await store.findKeyByPublicKey(publicKey) : undefined;
      const organizationId =
        textOf(values, 'org') === undefined ? (found?.organizationId ?? '') : (await findOrganization(tools)).id;
      const authenticator = createAuthenticator({
        store,
        secrets: createSecrets({ queue: createScryptQueue() }),
        limiter: createLimiter({ perKey: null, perKeyIp: null, refusedPerIp: null, refusedOriginPerIp: null }),
        meter: { record: () => undefined },
        clock: systemClock,
        serverOrigin: 'http://localhost',
        onBadPattern: (_key, pattern) => warn(`This stored pattern no longer parses: ${pattern}`),
      });
      const explanation = await explainOrigin(authenticator, organizationId, publicKey, origin);
      const marks = { passed: '✓', failed: '✗', 'not reached': '·' };
      const { code, pattern, detail, fix } = explanation;
      const lines = [
        ...explanation.checks.map(({ check: name, result }) => `${marks[result]} ${name}`),
        explanation.allowed ? `Allowed${pattern === null ? '' : ` by the pattern ${pattern}`}.` : `Refused: ${code}.`,
        ...[detail, fix].filter((line) => line !== null),
      ];
      return { json: explanation, text: lines.join('\n'), isNo: !explanation.allowed };
    },
  },
];

const unitsMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: dayMs };

function readDuration(text: string): number {
  const [, amount = '0', unit = ''] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const lengthMs = Number(amount) * (unitsMs[unit] ?? 0);
  if (lengthMs > 0) return lengthMs;
  throw new UsageError('--for must be minutes, hours or days, such as 30m, 12h or 3d.');
}

async function describeDomains(tools: Tools, key: KeyRecord): Promise<Outcome> {
  const json = await presentNow(tools, key);
  const lines = domainLines(json.domains, systemClock());
  return { json, text: lines.join('\n') || 'No domains: it works only with its secret.' };
}
