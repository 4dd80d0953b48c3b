/**
 * What somebody does who copied a publishable key from a page, and what its owner's server does meanwhile: calls from a script with the
 * Origin of an allowed site, until the key's budget stops them, then calls with the pair. All are real calls over HTTP. Each run has a
 * key of its own; the one of the run before is deleted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { readSpent } from '../credits/spent.ts';
import { toUtcDate, type Clock } from '../gate/clock.ts';
import { isRefusal, refuse, type ProblemDocument, type Refusal } from '../gate/problem.ts';
import type { Scope } from '../gate/scope.ts';
import type { KeyManager, KeyWithSecret } from '../keys/manage.ts';
import { reserveOf } from '../records/organization.ts';
import type { Store } from '../store/port.ts';
import type { Meter } from '../usage/meter.ts';
import { figuresOfEvidence } from '../usage/report.ts';
import { callAsScript, plainlyArrived, type Arrived } from './call-self.ts';
import { findScriptAddresses } from './script-addresses.ts';
import type { DemoCall, StolenKeyEvent, StolenKeyRules } from './wire.ts';

export const stolenKeyRules: StolenKeyRules = { calls: 200, pairCalls: 5, budget: { credits: 50, per: 'day' } };

/** Slow enough to be watched. */
const paceMs = 20;
/** A run takes some 55: the rest of the demo must go on. */
const creditsLeftMin = 1_000;
const scopes: Scope[] = ['agents:read', 'messages:write'];
const question = { message: 'What is Postern?' };

interface RunParts {
  readonly store: Pick<Store, 'findOrganization' | 'findCredits' | 'findAgent' | 'listSpendings' | 'listUsage'>;
  readonly keys: Pick<KeyManager, 'list' | 'create' | 'remove'>;
  readonly meter: Pick<Meter, 'flush'>;
  readonly clock: Clock;
  readonly organizationId: string;
  readonly agentId: string;
  /** What the key's pages are: a script says that it is on `origin`. */
  readonly allowedDomains: readonly string[];
  readonly origin: string;
  /** The host of the server's public origin. */
  readonly host: string;
  readonly arrived: Arrived;
  readonly signal: AbortSignal;
  /** False once the server stops. */
  readonly isServing: () => boolean;
}

/** The first that it yields may be a refusal, and then nothing happened. */
export async function* runStolenKey(parts: RunParts): AsyncGenerator<StolenKeyEvent | Refusal, void> {
  try {
    for await (const event of run(parts)) {
      yield event;
      if (parts.isServing()) continue;
      yield stopping;
      return;
    }
  } catch (error) {
    if (parts.isServing()) throw error;
    yield stopping;
  }
}

const stopping: StolenKeyEvent = { type: 'failed', detail: 'The server is stopping.' };

async function* run(parts: RunParts): AsyncGenerator<StolenKeyEvent | Refusal, void> {
  const { store, meter, clock, organizationId, agentId, origin, host, signal } = parts;
  const arrived = plainlyArrived(parts.arrived);
  const addresses = await findScriptAddresses(arrived);
  const hindrance = (await findHindrance(parts)) ?? (addresses.length === 0 ? unreachable : undefined);
  if (hindrance !== undefined) {
    yield hindrance;
    return;
  }
  const made = await replaceKey(parts);
  if (isRefusal(made)) {
    yield made;
    return;
  }
  const { key, secretKey } = made;
  const { id: keyId, publicKey } = key;
  yield { type: 'key', keyId, publicKey, origin };

  const call = (headers: Readonly<Record<string, string>>, from?: string): Promise<DemoCall> => {
    const path = `/api/v1/agents/${agentId}/messages`;
    return callAsScript(arrived, { path, headers: { Host: host, ...headers }, body: question, from });
  };
  const refused: Record<string, number> = {};
  let answered = 0;
  let told: string | null = null;
  for (let sent = 1; sent <= stolenKeyRules.calls; sent++) {
    const from = addresses[sent % addresses.length];
    const answer = readAnswer(await call({ Authorization: `Bearer ${publicKey}`, Origin: origin }, from));
    if (answer.code === 'ok') answered++;
    else {
      refused[answer.code] = (refused[answer.code] ?? 0) + 1;
      told = answer.detail;
    }
    const spent = (await readSpent(store, organizationId, [key], clock())).get(keyId) ?? 0;
    yield { type: 'script', sent, answered, refused: { ...refused }, told, spent };
    if (!(await pause(signal))) return;
  }
  for (let sent = 1; sent <= stolenKeyRules.pairCalls; sent++) {
    const answer = await call({ Authorization: `Bearer ${publicKey}:${secretKey}` });
    yield { type: 'pair', status: answer.status, code: readAnswer(answer).code };
    if (!(await pause(signal, 5 * paceMs))) return;
  }
  // The first may be the end of a write that began before.
  for (let times = 0; times < 2; times++) await meter.flush();
  const today = toUtcDate(clock());
  const usage = await store.listUsage(organizationId, [keyId], today, today);
  yield { type: 'evidence', evidence: figuresOfEvidence([today], usage) };
}

const unreachable = refuse('conflict', {
  detail: 'The server can’t call itself where this page reached it.',
  fix: 'Look for a firewall on this machine, or set HOST to 127.0.0.1.',
});

/** Why calls of pages could not be answered, whatever their key. */
async function findHindrance({ store, organizationId, agentId }: RunParts): Promise<Refusal | undefined> {
  const [organization, credits, agent] = await Promise.all([
    store.findOrganization(organizationId),
    store.findCredits(organizationId),
    store.findAgent(organizationId, agentId),
  ]);
  if (agent === undefined) {
    return refuse('conflict', {
      detail: `The demo’s agent ${agentId} was deleted, and the script would have nobody to ask.`,
      fix: 'Start the server again: it makes the agent anew.',
    });
  }
  if (!agent.public) {
    return refuse('conflict', {
      detail: `The demo’s agent ${agentId} is not public, and the script would have nobody to ask.`,
      fix: `Let pages ask it: agents edit ${agentId} --public on --org ${organizationId}.`,
    });
  }
  const { granted, spent } = credits ?? { granted: 0, spent: 0 };
  const left = granted - spent - reserveOf(organization?.reservedCredits, granted);
  if (left >= creditsLeftMin) return undefined;
  return refuse('conflict', {
    detail: `Fewer than ${creditsLeftMin.toLocaleString('en')} credits are left that the demo’s pages may spend, and the rest of the demo needs them.`,
    fix: `Grant it more: credits grant 100000 --org ${organizationId}. Or keep less back for secret calls: credits reserve 0 --org ${organizationId}.`,
  });
}

async function replaceKey(parts: RunParts): Promise<KeyWithSecret | Refusal> {
  const { keys, organizationId, allowedDomains } = parts;
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await keys.list(organizationId, { limit: 100, cursor });
    // Nobody else makes keys in this name.
    const earlier = page.items.filter(({ createdBy }) => createdBy?.kind === 'demo');
    for (const { id } of earlier) await keys.remove(organizationId, id);
    cursor = page.nextCursor;
  }
  return keys.create(organizationId, {
    name: 'Stolen key (demo)',
    allowedDomains: [...allowedDomains],
    scopes,
    budget: stolenKeyRules.budget,
    visitorBudget: null,
  });
}

function readAnswer({ status, body }: DemoCall): { readonly code: string; readonly detail: string | null } {
  if (status === 200) return { code: 'ok', detail: null };
  const { code, detail } = JSON.parse(body) as ProblemDocument;
  return { code, detail };
}

/** False when whoever watches has left. */
async function pause(signal: AbortSignal, ms = paceMs): Promise<boolean> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}
