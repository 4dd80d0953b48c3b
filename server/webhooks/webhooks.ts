/** All that is about webhooks in one server, put together. */
import type { Clock } from '../gate/clock.ts';
import type { MailPost } from '../network/mail.ts';
import type { Store } from '../store/port.ts';
import type { WebhookParts } from './manage.ts';
import { createOutbox, type DeliveryOutcome, type Outbox } from './outbox.ts';
import { createWebhookSecrets } from './secrets.ts';
import { createSendMail } from './send-mail.ts';
import { createSender } from './send.ts';
import { createSubscribers } from './subscribers.ts';
import { createTeller, type Teller } from './tell.ts';
import { createWatch, type Watch } from './watch.ts';

export interface Webhooks {
  /** For the routes. */
  readonly parts: WebhookParts;
  readonly watch: Watch;
  readonly teller: Teller;
  readonly outbox: Outbox;
  start(): void;
  /** Judges what was written last, and waits so long for what is being sent. */
  stop(graceMs: number): Promise<void>;
}

export function createWebhooks(given: {
  readonly store: Store;
  readonly clock: Clock;
  readonly sessionSecret: string;
  readonly isHttpsOnly: boolean;
  readonly isPrivateAllowed: boolean;
  /** Undefined: no mail is sent. */
  readonly post?: MailPost | undefined;
  readonly publicOrigin: string;
  readonly onOutcome: (outcome: DeliveryOutcome) => void;
  readonly onError: (error: unknown) => void;
}): Webhooks {
  const { store, clock, isHttpsOnly, isPrivateAllowed, post, onOutcome, onError } = given;
  const secrets = createWebhookSecrets(given.sessionSecret);
  const subscribers = createSubscribers(store);
  const sender = createSender({
    isPrivateAllowed,
    sendMail: createSendMail({ store, post, publicOrigin: given.publicOrigin }),
  });
  const outbox = createOutbox({ store, clock, secrets, sender, subscribers, onOutcome, onError });
  const onWritten = (): void => void outbox.look();
  const teller = createTeller({ store, subscribers, clock, onWritten });
  const watch = createWatch({ store, clock, subscribers, teller, onError });
  return {
    parts: { secrets, subscribers, isHttpsOnly, isPrivateAllowed, isMailOn: post !== undefined, onWritten },
    watch,
    teller,
    outbox,
    start() {
      watch.start();
      outbox.start();
    },
    async stop(graceMs) {
      await watch.stop();
      await outbox.stop(graceMs);
    },
  };
}
