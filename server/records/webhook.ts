/** What an organization is told, to which address, and each message on its way there. */

export const webhookEvents = [
  'key.expiring',
  'key.budget',
  'credits.low',
  'key.secret_in_browser',
  'key.new_origin',
  'key.learning_ended',
  'conversation.unanswered',
  'contact.requested',
] as const;

export type WebhookEvent = (typeof webhookEvents)[number];

/** Its secret is not in it: `server/webhooks/secrets.ts` makes that anew each time. */
export interface Webhook {
  readonly id: string;
  readonly organizationId: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly enabled: boolean;
  /** Since when nothing got through to it; null: the last message did, or none was sent. */
  readonly failingSince: number | null;
  /** When it was switched off because nothing got through; null: it was not. */
  readonly disabledAt: number | null;
  /** Grows when the secret is exchanged. */
  readonly secretVersion: number;
  /** Until then messages are signed with the secret before too. */
  readonly previousSecretUntil: number | null;
  readonly createdAt: number;
}

export type WebhookChange = Partial<
  Pick<Webhook, 'url' | 'events' | 'enabled' | 'failingSince' | 'disabledAt' | 'secretVersion' | 'previousSecretUntil'>
>;

/** Something that is told once, under its name, until it ends. */
export interface Notice {
  readonly organizationId: string;
  /** `key.budget/key_…/day/2026-11-29T00/80` */
  readonly name: string;
  /** When it was seen first. Its messages get their ids from that, so that telling it twice makes no second one. */
  readonly at: number;
  readonly endsAt: number;
  /** All its messages are written. */
  readonly isTold: boolean;
}

/** The last try to bring a message. */
export interface DeliveryAttempt {
  readonly at: number;
  readonly durationMs: number;
  /** Null: no answer came. */
  readonly status: number | null;
  /** Why there is none; null: there is one. */
  readonly failure: string | null;
  /** The answer's first characters. */
  readonly answer: string;
}

/** A message to one webhook. */
export interface Delivery {
  /** Also the message's `webhook-id`, the same in every try. */
  readonly id: string;
  readonly organizationId: string;
  readonly webhookId: string;
  readonly event: WebhookEvent | 'test';
  /** What it is about, such as a key's id. Messages about the same thing arrive in the order of their ids. */
  readonly subject: string;
  /** As it is sent. */
  readonly body: string;
  readonly createdAt: number;
  readonly state: 'waiting' | 'delivered' | 'given_up';
  /** While it waits: when it may be tried, or when the try that is under way counts as lost. */
  readonly dueAt: number;
  readonly attempts: number;
  readonly lastAttempt: DeliveryAttempt | null;
}

/** What a try came to. */
export type DeliveryEnding = Pick<Delivery, 'state' | 'dueAt' | 'lastAttempt'>;
