/** The events in plain words, in the order in which they are offered. */
import type { Delivery, WebhookEvent } from '../../../server/http/wire.ts';

interface EventWords {
  readonly name: string;
  /** When it is told. */
  readonly when: string;
}

const eventWords: Readonly<Record<WebhookEvent, EventWords>> = {
  'key.expiring': { name: 'A key ends soon', when: '30, 7 and 1 days before' },
  'key.budget': { name: 'A key’s budget fills', when: 'at 50, 80 and 100 %' },
  'credits.low': { name: 'Credits run low', when: 'at 20 % and 5 % of what was granted' },
  'key.secret_in_browser': { name: 'A secret was sent from a browser', when: 'once a day and key' },
  'key.new_origin': {
    name: 'A page uses a key for the first time',
    when: 'let in or refused; once an hour and key at most',
  },
  'key.learning_ended': { name: 'A key has stopped learning its domains', when: 'when that time is over' },
  'conversation.unanswered': {
    name: 'An agent found no answer',
    when: 'once an hour and agent at most, with how often',
  },
  'contact.requested': { name: 'A visitor left a message', when: 'each, without its words' },
};

export const allEvents = Object.keys(eventWords) as readonly WebhookEvent[];

export function wordsOf(event: WebhookEvent): EventWords {
  return eventWords[event];
}

/** A newer server may send what these pages don't know: under its own name. */
export function eventName(event: Delivery['event']): string {
  if (event === 'test') return 'Test';
  return Object.hasOwn(eventWords, event) ? eventWords[event].name : event;
}

/** `All events`, or their names. */
export function eventsLine(events: readonly WebhookEvent[]): string {
  return allEvents.every((event) => events.includes(event)) ? 'All events' : events.map(eventName).join(' · ');
}
