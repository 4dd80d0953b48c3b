/** A message to a webhook in words, for those who get it as mail: what happened in a sentence, and the page that says more. */
import type { Delivery } from '../records/webhook.ts';

interface Words {
  readonly subject: string;
  readonly sentence: string;
  /** Of the dashboard, below the organization’s settings. */
  readonly page: string;
}

type Data = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
const keyPage = ({ keyId }: Data): string => `api-keys/${text(keyId)}`;
const keyName = (data: Data): string => `“${text(data.keyName)}”`;
const creditsOf = (value: unknown): string => `${text(value)} credits`;

const wordsOf: Readonly<Record<Delivery['event'], (data: Data) => Words>> = {
  'key.expiring': (data) => ({
    subject: `A key ends in ${days(data.days)}`,
    sentence: `The key ${keyName(data)} ends at ${text(data.expiresAt)}. Pages that use it stop working then.`,
    page: keyPage(data),
  }),
  'key.budget': (data) => ({
    subject: `A key’s budget is spent to ${text(data.percent)} %`,
    sentence: `Web pages have spent ${creditsOf(data.spent)} with the key ${keyName(data)}, ${text(data.percent)} % of its budget. It begins anew at ${text(data.resetsAt)}.`,
    page: keyPage(data),
  }),
  'credits.low': (data) => ({
    subject: `Credits are low: ${text(data.left)} left`,
    sentence: `Your organization has ${creditsOf(data.left)} left of ${text(data.granted)}.`,
    page: 'usage',
  }),
  'key.secret_in_browser': (data) => ({
    subject: 'A secret key was sent from a browser',
    sentence: `The secret of the key ${keyName(data)} was sent from a browser${fromOrigin(data.origin)}: everybody who opens that page can read it. Give the key a new secret.`,
    page: keyPage(data),
  }),
  'key.new_origin': (data) => ({
    subject: 'A key was used on a new origin',
    sentence: `The key ${keyName(data)} was used on origins that it has not seen for 30 days.`,
    page: keyPage(data),
  }),
  'key.learning_ended': (data) => ({
    subject: 'A key has stopped to learn its domains',
    sentence: `The time is over in which the key ${keyName(data)} learned its domains: other origins are refused now.`,
    page: keyPage(data),
  }),
  'conversation.unanswered': (data) => ({
    subject: 'An agent found no answer',
    sentence: `The agent “${text(data.agentName)}” found no answer ${times(data.messages)}.`,
    page: `agents/${text(data.agentId)}`,
  }),
  'contact.requested': (data: Data) => ({
    subject: 'A visitor left a message',
    sentence: `A visitor left a message${fromOrigin(data.origin)}, and may be waiting for an answer.`,
    page: `conversations/${text(data.conversationId)}`,
  }),
  test: () => ({
    subject: 'A test',
    sentence: 'This is a test: mail from your organization’s webhooks gets through.',
    page: 'webhooks',
  }),
};

/** The body of a message as it was written. What a later version writes that this one does not know is said plainly. */
export function mailWordsOf(
  { event, body, organizationId }: Pick<Delivery, 'event' | 'body' | 'organizationId'>,
  publicOrigin: string,
) {
  const { data = {} } = JSON.parse(body) as { readonly data?: Data };
  const known = (wordsOf as Readonly<Partial<typeof wordsOf>>)[event]?.(data);
  const { subject, sentence, page } = known ?? {
    subject: event,
    sentence: `This happened: ${event}.`,
    page: 'webhooks',
  };
  return {
    subject: `Postern: ${subject}`,
    text: `${sentence}\n\n${publicOrigin}/org/${organizationId}/settings/${page}\n\nYou get this because an owner of your organization asked for it, under Webhooks in the dashboard.\n`,
  };
}

const days = (value: unknown): string => (value === 1 ? 'a day' : `${text(value)} days`);
const times = (value: unknown): string => (value === 1 ? 'once' : `${text(value)} times`);
const fromOrigin = (origin: unknown): string => (typeof origin === 'string' ? `, on ${origin}` : '');
