import { systemClock } from '../core/clock.ts';
import { isPublicKey } from '../core/key-format.ts';
import type { KeyRecord } from '../core/records.ts';
import { presentKey } from '../http/present.ts';
import { createAuthenticator } from '../keys/authenticate.ts';
import { explainOrigin } from '../keys/explain.ts';
import { keyInput, keyPatch, rotateInput } from '../keys/key-input.ts';
import { createSecrets } from '../keys/secret.ts';
import { createLimiter } from '../usage/limiter.ts';
import {
  allowed,
  check,
  list,
  RefusedError,
  refusedBy,
  required,
  text,
  UsageError,
  wholeNumber,
  type Command,
  type Outcome,
} from './command.ts';

export const keyCommands: Readonly<Record<string, Command>> = {
  'keys create': {
    options: { org: text, name: text, domain: list, scope: list, expires: text },
    positionals: [],
    async run({ keys, values }) {
      const input = check(keyInput, {
        name: required(values, 'name'),
        allowedDomains: values.domain,
        scopes: values.scope,
        expiresAt: values.expires,
      });
      const { key, secretKey } = allowed(await keys.create(required(values, 'org'), input));
      const pair = `${key.publicKey}:${secretKey}`;
      return {
        json: { key: presentKey(key, systemClock()), secretKey },
        text: `Key ${key.id} (${key.name})\n\n  ${pair}\n\nThe part after the colon is the secret. It is shown only now: store it.`,
      };
    },
  },

  'keys list': {
    options: { org: text },
    positionals: [],
    async run({ store, keys, values }) {
      const organizationId = required(values, 'org');
      if ((await store.findOrganization(organizationId)) === undefined) {
        throw new RefusedError('There is no such organization.');
      }
      const data = [];
      for (let cursor: string | undefined; ;) {
        const page = await keys.list(organizationId, { limit: 100, cursor });
        data.push(...page.items.map((key) => presentKey(key, systemClock())));
        if (page.nextCursor === null) break;
        cursor = page.nextCursor;
      }
      const rows = data.map(
        (key) => `${key.id}  ${key.status.padEnd(8)}  ${key.publicKey}  ${key.lastUsedAt ?? 'never used'}  ${key.name}`,
      );
      return { json: { data }, text: rows.length === 0 ? 'No keys yet.' : rows.join('\n') };
    },
  },

  'keys enable': editCommand(true),
  'keys disable': editCommand(false),

  'keys delete': {
    options: { org: text },
    positionals: ['KEYID'],
    async run({ keys, values, positionals: [keyId = ''] }) {
      const refusal = await keys.remove(required(values, 'org'), keyId);
      if (refusal !== undefined) throw refusedBy(refusal);
      return { json: { id: keyId, deleted: true }, text: `Key ${keyId} is deleted.` };
    },
  },

  'keys rotate': {
    options: { org: text, grace: text },
    positionals: ['KEYID'],
    async run({ keys, values, positionals: [keyId = ''] }) {
      const { graceSeconds } = check(rotateInput, { graceSeconds: wholeNumber(values, 'grace') });
      const { key, secretKey } = allowed(await keys.rotate(required(values, 'org'), keyId, graceSeconds));
      return {
        json: { key: presentKey(key, systemClock()), secretKey },
        text: `New secret of ${key.id}, shown only now:\n\n  ${key.publicKey}:${secretKey}\n\n${graceSeconds === 0 ? 'The previous one works no more.' : `The previous one works for ${graceSeconds} seconds more.`}`,
      };
    },
  },

  'keys domains': {
    options: { org: text, set: list },
    positionals: ['KEYID'],
    async run({ keys, values, positionals: [keyId = ''], warn }) {
      const organizationId = required(values, 'org');
      if (values.set === undefined) return describeDomains(allowed(await keys.find(organizationId, keyId)));
      const domains = [values.set].flat().filter((domain) => domain !== '');
      const patch = check(keyPatch, { allowedDomains: domains, confirm: true });
      const blocked = (await keys.replay(organizationId, keyId, patch.allowedDomains ?? [])).filter(
        (seen) => seen.isBlockedAnew,
      );
      const outcome = describeDomains(allowed(await keys.edit(organizationId, keyId, patch)));
      for (const { origin, requests } of blocked) {
        warn(`Now blocked: ${origin} (${requests} requests in the last 30 days).`);
      }
      return outcome;
    },
  },

  'keys explain': {
    options: { org: text },
    positionals: ['PK', 'ORIGIN'],
    async run({ store, values, positionals: [publicKey = '', origin = ''], warn }) {
      if (!isPublicKey(publicKey)) throw new UsageError('PK must be a publishable key, pk_…, without its secret.');
      const authenticator = createAuthenticator({
        store,
        secrets: createSecrets(),
        limiter: createLimiter({ perKey: null, perKeyIp: null, refusedPerIp: null, refusedOriginPerIp: null }),
        meter: { record: () => undefined },
        clock: systemClock,
        serverOrigin: 'http://localhost',
        onBadPattern: (_key, pattern) => warn(`This stored pattern no longer parses: ${pattern}`),
      });
      const explanation = await explainOrigin(authenticator, required(values, 'org'), publicKey, origin);
      const marks = { passed: '✓', failed: '✗', 'not reached': '·' };
      const { code, pattern, detail, fix } = explanation;
      const lines = [
        ...explanation.checks.map(({ check: name, result }) => `${marks[result]} ${name}`),
        explanation.allowed ? `Allowed${pattern === null ? '' : ` by the pattern ${pattern}`}.` : `Refused: ${code}.`,
        ...[detail, fix].filter((line) => line !== null),
      ];
      return { json: explanation, text: lines.join('\n') };
    },
  },
};

function editCommand(enabled: boolean): Command {
  return {
    options: { org: text },
    positionals: ['KEYID'],
    async run({ keys, values, positionals: [keyId = ''] }) {
      const key = allowed(await keys.edit(required(values, 'org'), keyId, { enabled }));
      return { json: presentKey(key, systemClock()), text: `Key ${keyId} is ${enabled ? 'enabled' : 'disabled'}.` };
    },
  };
}

function describeDomains(key: KeyRecord): Outcome {
  const domains =
    key.allowedDomains.length === 0 ? 'No domains: it works only with its secret.' : key.allowedDomains.join('\n');
  return { json: presentKey(key, systemClock()), text: domains };
}
