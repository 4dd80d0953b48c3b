/**
 * Makes, changes, rotates and deletes keys for one actor, and writes each change down. A secret's text exists here for one
 * call and goes out once; the store gets its hash. Every change is acknowledged when it is on disk, and from then on every
 * process refuses what it refuses.
 */
import { createAudit, differing } from '../audit/audit.ts';
import { changedFields } from '../audit/changed-fields.ts';
import { dayMs, toIsoTime, toUtcDate, type Clock } from '../gate/clock.ts';
import { domainsInForce } from '../gate/domains-in-force.ts';
import { isPattern, parseDomainPattern, patternsMax } from '../gate/domain-pattern.ts';
import { createPublicKey, createSecretKey, type PublicKey, type SecretKey } from '../gate/key-format.ts';
import { isRefusal, refuse, type FieldProblem, type Refusal } from '../gate/problem.ts';
import type { Actor } from '../records/actor.ts';
import type { AuditAction, AuditFacts } from '../records/audit-event.ts';
import { defaultBudget, defaultVisitorBudget } from '../records/budget.ts';
import type { KeyChange, KeyRecord } from '../records/key.ts';
import { createId } from '../records/id.ts';
import { defaultScopes, type BuiltInScope, type Scope } from '../gate/scope.ts';
import type { Page, PageRequest, Store } from '../store/port.ts';
import { changedDomains } from './changed-domains.ts';
import type { KeyInput, KeyPatch } from './key-input.ts';
import { replayDays, replayDomains, type ReplayedOrigin } from './replay.ts';
import { createScryptQueue } from '../gate/scrypt-queue.ts';
import { createSecrets, type Secrets } from '../gate/secret.ts';

const learningDaysMax = 14;

/** A key with the only copy of its secret's text. */
export interface KeyWithSecret {
  readonly key: KeyRecord;
  readonly secretKey: SecretKey;
}

/** A refusal that may carry what a change of domains would block, or the key that somebody else changed meanwhile. */
interface ChangeRefusal extends Refusal {
  readonly replay?: readonly ReplayedOrigin[];
  readonly current?: KeyRecord;
}

export interface KeyManager {
  /** `given`: what is otherwise made at random. */
  create(
    organizationId: string,
    input: KeyInput,
    given?: { readonly id: string; readonly publicKey: PublicKey; readonly secretKey: SecretKey },
  ): Promise<KeyWithSecret | Refusal>;
  list(organizationId: string, page: PageRequest): Promise<Page<KeyRecord>>;
  find(organizationId: string, keyId: string): Promise<KeyRecord | Refusal>;
  /**
   * A change of domains that would block an origin seen in the last 30 days needs `confirm`. A change that names a
   * `revision` is made only while the key is at it.
   */
  edit(organizationId: string, keyId: string, patch: KeyPatch): Promise<KeyRecord | ChangeRefusal>;
  /** The previous secret works for `graceSeconds` more. */
  rotate(organizationId: string, keyId: string, graceSeconds: number): Promise<KeyWithSecret | Refusal>;
  remove(organizationId: string, keyId: string): Promise<Refusal | undefined>;
  /** What a list of domains would do to the origins of the last 30 days. */
  replay(organizationId: string, keyId: string, allowedDomains: readonly string[]): Promise<readonly ReplayedOrigin[]>;
}

interface KeyManagerParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Whose changes these are. */
  readonly actor: Actor;
  /** Hashes secrets. A server's calls share one queue. */
  readonly secrets?: Pick<Secrets, 'store'>;
}

/** The keys whose secret is being replaced in this process. */
const rotating = new Set<string>();

const noSuchKey = refuse('not_found', { detail: 'This organization has no such key.' });

const changedMeanwhile = refuse('conflict', {
  detail: 'Somebody else changed this key meanwhile.',
  fix: 'Look at "current", and send the change again with its revision if it is still what you want.',
});

const managing: BuiltInScope = 'keys:manage';

const onlyPeopleGive = refuse('forbidden', {
  detail: 'Only a person, or the command line, makes a key that manages keys or takes a new secret of one.',
  fix: 'Let a member do it in the dashboard, or leave keys:manage out.',
});

const refuseTooMany = refuse('request_invalid', {
  problems: [{ path: 'addDomains', message: `A key has at most ${patternsMax} allowed domains.` }],
});

const rotatedMeanwhile = refuse('conflict', {
  detail: 'Somebody else rotated this key at the same time.',
  fix: 'Reload the key, and rotate it again if the other secret is not the one you want.',
});

export function createKeyManager({
  store,
  clock,
  actor,
  secrets = createSecrets({ queue: createScryptQueue() }),
}: KeyManagerParts): KeyManager {
  const recordAudit = createAudit({ store, clock });

  function record(
    action: AuditAction,
    { organizationId, id, name }: KeyRecord,
    change: { readonly before: AuditFacts | null; readonly after: AuditFacts | null },
  ): Promise<void> {
    return recordAudit(actor, { organizationId, action, target: { kind: 'key', id, name }, ...change });
  }

  /** A pair that manages keys gives that to no other: a leaked one would outlive its own deletion. */
  function mayGive(scopes: readonly Scope[], { scopes: present }: Pick<KeyRecord, 'scopes'> = { scopes: [] }): boolean {
    return actor.kind !== 'key' || !scopes.includes(managing) || present.includes(managing);
  }

  async function replayOver(
    { organizationId, id: keyId, ...key }: KeyRecord,
    allowedDomains: readonly string[],
  ): Promise<readonly ReplayedOrigin[]> {
    const nowMs = clock();
    const fromDate = toUtcDate(nowMs - replayDays * dayMs);
    const days = await store.listUsage(organizationId, [keyId], fromDate, toUtcDate(nowMs));
    const parse = (domains: readonly string[]) => domains.map(parseDomainPattern).filter(isPattern);
    return replayDomains(parse(allowedDomains), parse(domainsInForce(key, nowMs)), days);
  }

  /** Only while the key's secret is the one that was read. */
  async function replaceSecret(key: KeyRecord, graceSeconds: number): Promise<KeyWithSecret | Refusal> {
    const secretKey = createSecretKey();
    const secret = await secrets.store(secretKey, key.organizationId);
    if (isRefusal(secret)) return secret;
    const previousSecret = graceSeconds === 0 ? null : { ...key.secret, expiresAt: clock() + graceSeconds * 1_000 };
    const changed = await store.changeKey(
      key.organizationId,
      key.id,
      {
        secret,
        previousSecret,
        previousSecretUsedAt: null,
        // It was the secret that is now replaced. While that still works, a browser that sends it is seen anew.
        secretSeenInBrowserAt: null,
        secretSeenInBrowserOrigin: null,
      },
      { secretHash: key.secret.hash },
    );
    if (changed === 'not_found') return noSuchKey;
    if (changed === 'conflict') return rotatedMeanwhile;
    await record('key.rotated', changed.after, {
      before: { secretHint: hintOf(changed.before) },
      after: {
        secretHint: hintOf(changed.after),
        previousSecretExpiresAt: toTime(previousSecret?.expiresAt ?? null),
      },
    });
    return { key: changed.after, secretKey };
  }

  return {
    async create(organizationId, input, given) {
      const nowMs = clock();
      if ((await store.findOrganization(organizationId)) === undefined) {
        return refuse('not_found', { detail: 'There is no such organization.' });
      }
      const scopes = input.scopes ?? defaultScopes;
      const problems = [
        ...problemsOfTime('expiresAt', input.expiresAt, nowMs),
        ...problemsOfEnds(input.addDomains, nowMs),
        ...problemsOfScopes(scopes, input.publishableScopes),
      ];
      if (problems.length > 0) return refuse('request_invalid', { problems });
      if (!mayGive(scopes)) return onlyPeopleGive;
      const domains = changedDomains(
        { allowedDomains: [], domains: [] },
        { allowedDomains: [], ...input },
        { actor, nowMs },
      );
      if (domains.allowedDomains.length > patternsMax) return refuseTooMany;
      const secretKey = given?.secretKey ?? createSecretKey();
      const secret = await secrets.store(secretKey, organizationId);
      if (isRefusal(secret)) return secret;
      const key: KeyRecord = {
        id: given?.id ?? createId('key', nowMs),
        organizationId,
        name: input.name,
        notes: input.notes ?? '',
        tags: input.tags ?? [],
        publicKey: given?.publicKey ?? createPublicKey(),
        secret,
        previousSecret: null,
        ...domains,
        enabled: true,
        expiresAt: input.expiresAt ?? null,
        scopes,
        publishableScopes: input.publishableScopes ?? [],
        externalId: input.externalId ?? null,
        metadata: input.metadata ?? {},
        rateLimit: input.rateLimit ?? null,
        budget: input.budget === undefined ? defaultBudget : input.budget,
        visitorBudget: input.visitorBudget === undefined ? defaultVisitorBudget : input.visitorBudget,
        refuseSecretInBrowser: input.refuseSecretInBrowser ?? false,
        learningUntil: null,
        createdAt: nowMs,
        createdBy: actor,
        revision: 1,
        lastUsedAt: null,
        lastUsedOrigin: null,
        previousSecretUsedAt: null,
        secretSeenInBrowserAt: null,
        secretSeenInBrowserOrigin: null,
      };
      if ((await store.createKey(key)) === 'conflict')
        return refuse('conflict', { detail: 'There is such a key already.' });
      await record('key.created', key, { before: null, after: factsOf(key) });
      return { key, secretKey };
    },

    list: (organizationId, page) => store.listKeys(organizationId, page),

    find: async (organizationId, keyId) => (await store.findKey(organizationId, keyId)) ?? noSuchKey,

    async edit(organizationId, keyId, { confirm, revision, allowedDomains, addDomains, removeDomains, ...patch }) {
      const nowMs = clock();
      const problemsOfTimes = [
        ...problemsOfTime('expiresAt', patch.expiresAt, nowMs),
        ...problemsOfTime('learningUntil', patch.learningUntil, nowMs, learningDaysMax),
        ...problemsOfEnds(addDomains, nowMs),
      ];
      for (;;) {
        const key = await store.findKey(organizationId, keyId);
        if (key === undefined) return noSuchKey;
        if (revision !== undefined && revision !== key.revision) return { ...changedMeanwhile, current: key };
        const scopes = patch.scopes ?? key.scopes;
        const problems = [...problemsOfTimes, ...problemsOfScopes(scopes, patch.publishableScopes)];
        if (problems.length > 0) return refuse('request_invalid', { problems });
        if (patch.scopes !== undefined && !mayGive(patch.scopes, key)) return onlyPeopleGive;
        const domains = changedDomains(key, { allowedDomains, addDomains, removeDomains }, { actor, nowMs });
        const isAboutDomains = domains !== key;
        if (isAboutDomains) {
          if (domains.allowedDomains.length > patternsMax) return refuseTooMany;
          const replayed = confirm === true ? [] : await replayOver(key, domainsInForce(domains, nowMs));
          const blocked = replayed.filter((origin) => origin.isBlockedAnew);
          if (blocked.length > 0) return { ...refuseBlocking(blocked), replay: replayed };
        }
        // What a key loses is publishable no more, also when the key gets it back.
        const publishableScopes =
          patch.publishableScopes ?? key.publishableScopes.filter((scope) => scopes.includes(scope));
        const change: KeyChange = changedFields<KeyRecord>(key, {
          ...patch,
          publishableScopes,
          ...(isAboutDomains && domains),
        });
        if (Object.keys(change).length === 0) return key;
        // Only what was looked at is changed: if somebody else was faster, it is looked at again.
        const changed = await store.changeKey(organizationId, keyId, change, { revision: key.revision });
        if (changed === 'not_found') return noSuchKey;
        if (changed === 'conflict') continue;
        const difference = differing(factsOf(changed.before), factsOf(changed.after));
        if (difference !== undefined) await record('key.changed', changed.after, difference);
        return changed.after;
      }
    },

    async rotate(organizationId, keyId, graceSeconds) {
      const key = await store.findKey(organizationId, keyId);
      if (key === undefined) return noSuchKey;
      // Its own secret dies with it; another one's would not.
      if (key.id !== actor.id && !mayGive(key.scopes)) return onlyPeopleGive;
      // Before the hash: of many who rotate a key at once, one alone costs a run of scrypt.
      if (rotating.has(key.id)) return rotatedMeanwhile;
      rotating.add(key.id);
      try {
        return await replaceSecret(key, graceSeconds);
      } finally {
        rotating.delete(key.id);
      }
    },

    async remove(organizationId, keyId) {
      const key = await store.findKey(organizationId, keyId);
      if (key === undefined || (await store.deleteKey(organizationId, keyId)) !== 'deleted') return noSuchKey;
      await record('key.deleted', key, { before: factsOf(key), after: null });
      return undefined;
    },

    async replay(organizationId, keyId, allowedDomains) {
      const key = await store.findKey(organizationId, keyId);
      return key === undefined ? [] : replayOver(key, allowedDomains);
    },
  };
}

/** What the audit log says about a key. */
function factsOf(key: KeyRecord): AuditFacts {
  const {
    name,
    notes,
    tags,
    allowedDomains,
    domains,
    enabled,
    scopes,
    publishableScopes,
    externalId,
    metadata,
    rateLimit,
    budget,
    visitorBudget,
  } = key;
  return {
    name,
    notes,
    tags,
    allowedDomains,
    domains: domains.flatMap(({ pattern, label, expiresAt }) =>
      label === null && expiresAt === null ? [] : [{ pattern, label, expiresAt: toTime(expiresAt) }],
    ),
    enabled,
    expiresAt: toTime(key.expiresAt),
    scopes,
    publishableScopes,
    externalId,
    metadata,
    rateLimit,
    budget,
    visitorBudget,
    refuseSecretInBrowser: key.refuseSecretInBrowser,
    learningUntil: toTime(key.learningUntil),
    secretHint: hintOf(key),
  };
}

/** A publishable scope that the key has not. */
function problemsOfScopes(scopes: readonly Scope[], publishable: readonly Scope[] = []): readonly FieldProblem[] {
  return publishable.flatMap((scope, index) =>
    scopes.includes(scope)
      ? []
      : [{ path: `publishableScopes.${index}`, message: `${scope} is not among its scopes.` }],
  );
}

function hintOf(key: KeyRecord): string {
  return `sk_…${key.secret.hint}`;
}

function toTime(timeMs: number | null): string | null {
  return timeMs === null ? null : toIsoTime(timeMs);
}

function problemsOfTime(
  path: string,
  timeMs: number | null | undefined,
  nowMs: number,
  daysMax = Number.POSITIVE_INFINITY,
): readonly FieldProblem[] {
  if (timeMs === undefined || timeMs === null) return [];
  if (timeMs <= nowMs) return [{ path, message: 'This time is past.' }];
  if (timeMs <= nowMs + daysMax * dayMs) return [];
  return [{ path, message: `At most ${daysMax} days from now.` }];
}

function problemsOfEnds(added: KeyPatch['addDomains'] = [], nowMs: number): readonly FieldProblem[] {
  return added.flatMap(({ expiresAt }, index) => problemsOfTime(`addDomains.${index}.expiresAt`, expiresAt, nowMs));
}

function refuseBlocking(blocked: readonly ReplayedOrigin[]): Refusal {
  const requests = blocked.reduce((sum, origin) => sum + origin.requests, 0);
  const origins = blocked.length === 1 ? '1 origin' : `${blocked.length} origins`;
  return refuse('conflict', {
    detail: `This blocks ${origins} that used the key in the last ${replayDays} days (${requests} requests).`,
    fix: 'Keep their domains in the list, or send the change again with "confirm": true.',
  });
}
