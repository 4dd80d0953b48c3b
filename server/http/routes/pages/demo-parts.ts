/** What the routes of the demo's panel are made of. */
import type { RequestHandler } from 'express';
import type { Authenticator } from '../../../gate/authenticate.ts';
import type { Clock } from '../../../gate/clock.ts';
import type { SecretKey } from '../../../gate/key-format.ts';
import type { KeyManager } from '../../../keys/manage.ts';
import type { KeyRecord } from '../../../records/key.ts';
import type { Store } from '../../../store/port.ts';
import type { Meter } from '../../../usage/meter.ts';
import type { ProblemAnswers } from '../../errors.ts';

/** What was seeded. */
export interface SeededDemo {
  readonly key: Pick<KeyRecord, 'id' | 'organizationId' | 'publicKey'>;
  readonly secretKey: SecretKey;
  readonly agentId: string;
  /** Null: there is no model. */
  readonly modelAgentId: string | null;
  readonly defaultDomains: readonly string[];
}

/** A handler that waits for no seed: it answers that the server starts. */
export type WhenSeeded = (
  act: (demo: SeededDemo, ...handler: Parameters<RequestHandler>) => Promise<void> | void,
) => RequestHandler;

export interface DemoParts {
  /** The built panel. */
  readonly folder: string;
  readonly publicOrigin: string;
  /** Undefined while the server starts. */
  readonly findDemo: () => SeededDemo | undefined;
  readonly store: Pick<Store, 'findOrganization' | 'findAgent' | 'findCredits' | 'listSpendings' | 'listUsage'>;
  readonly keys: Pick<KeyManager, 'find' | 'edit' | 'list' | 'create' | 'remove'>;
  readonly meter: Pick<Meter, 'flush'>;
  readonly clock: Clock;
  readonly authenticator: Pick<Authenticator, 'judge'>;
  /** False while starting and stopping. */
  readonly isServing: () => boolean;
  readonly answers: ProblemAnswers;
}
