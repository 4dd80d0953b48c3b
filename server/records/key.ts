import type { PublicKey } from '../gate/key-format.ts';
import type { Budget, GateKey } from '../gate/ports.ts';
import type { Actor } from './actor.ts';
import type { DomainEntry } from './domain-entry.ts';

export interface KeyRecord extends GateKey {
  readonly publicKey: PublicKey;
  /** What people of the organization write down about it, for themselves alone; empty: nothing. */
  readonly notes: string;
  readonly tags: readonly string[];
  /** What is known about the domains of its list. */
  readonly domains: readonly DomainEntry[];
  /** Null in a key from before there were budgets. */
  readonly budget: Budget | null;
  readonly visitorBudget: Budget | null;
  readonly createdAt: number;
  /** Null: made before makers were recorded. */
  readonly createdBy: Actor | null;
  /** Grows with every change by somebody; not with the key's use. */
  readonly revision: number;
  readonly lastUsedAt: number | null;
  readonly lastUsedOrigin: string | null;
  readonly previousSecretUsedAt: number | null;
  readonly secretSeenInBrowserAt: number | null;
  readonly secretSeenInBrowserOrigin: string | null;
}

/** What an edit or a rotation may change. */
export type KeyChange = Partial<
  Pick<
    KeyRecord,
    | 'name'
    | 'notes'
    | 'tags'
    | 'allowedDomains'
    | 'domains'
    | 'enabled'
    | 'expiresAt'
    | 'scopes'
    | 'publishableScopes'
    | 'externalId'
    | 'metadata'
    | 'rateLimit'
    | 'budget'
    | 'visitorBudget'
    | 'refuseSecretInBrowser'
    | 'learningUntil'
    | 'secret'
    | 'previousSecret'
    | 'previousSecretUsedAt'
    | 'secretSeenInBrowserAt'
    | 'secretSeenInBrowserOrigin'
  >
>;
