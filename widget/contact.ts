/**
 * Whom to ask where the agent found nothing or can't be reached, in the part that comes later: what the organization says of itself,
 * and a form to leave a message for its people. What was typed stays in the form until it is sent or given up.
 */
import type { PublicAgent } from '../server/http/wire-chat.ts';
import type { Agent } from './answer.ts';
import type { ChatMessage } from './chat-message.ts';
import type { Conversation, Trouble } from './conversation.ts';
import type { Messages } from './i18n/messages.ts';
import { parseTarget } from './link.ts';
import type { Piece } from './pieces.ts';

type Told = NonNullable<PublicAgent['contact']>;
type Step = 'closed' | 'open' | 'busy' | 'sent';

/** Waiting or asking again may help, or not: people can be asked meanwhile. */
const troubles: readonly Trouble['code'][] = [
  'credits_exhausted',
  'budget_exhausted',
  'agent_failed',
  'store_unavailable',
  'internal',
  'silent',
  'unreachable',
];

interface ContactParts {
  readonly conversation: Conversation;
  readonly find: (selector: string) => HTMLElement | null;
  readonly redraw: () => void;
  readonly focusField: () => void;
  /** Of a failure. */
  readonly sentenceOf: (error: unknown) => keyof Messages;
  readonly notice: (words: Messages) => readonly Piece[];
}

export class Contact {
  readonly #parts: ContactParts;
  #step: Step = 'closed';
  #failed: keyof Messages | undefined;
  /** The first message of the chat that the rest belongs to. */
  #first: string | undefined;
  /** The question that got no reply when the form was opened. It is nowhere but here, so the form begins with it. */
  #asked: ChatMessage | undefined;
  #takesFocus = false;

  constructor(parts: ContactParts) {
    this.#parts = parts;
  }

  /** Nothing where there is nothing to say, or no need. */
  draw(words: Messages): readonly Piece[] {
    const { agent, isAnswering, messages, trouble } = this.#parts.conversation;
    const isForm = this.#step === 'open' || this.#step === 'busy';
    const [first] = messages;
    // Of another chat, and who asks on has read that it came.
    if (first?.id !== this.#first || (isAnswering && !isForm)) this.#step = 'closed';
    this.#first = first?.id;
    const told = toldBy(agent);
    const last = messages.at(-1);
    const outcome = last?.outcome;
    const isWanted = trouble ? troubles.includes(trouble.code) : outcome && !isAnswering;
    if (!told || !(isWanted || this.#step !== 'closed')) return [];
    if (this.#step === 'sent') return [['p', { class: 'contact', role: 'status' }, [words.messageSent]]];
    if (this.#step !== 'closed') return [this.#form(words)];
    const ways = waysOf(told, words);
    const open: Piece = [
      'button',
      { type: 'button', class: 'pill', part: 'leave-message', onclick: () => this.#open(last) },
      [words.leaveMessage],
    ];
    const inside = told.leaveMessage === true ? [...ways, open] : ways;
    const isSmall = !trouble && outcome === 'nearest';
    return inside.length > 0
      ? [['div', { class: isSmall ? 'contact small' : 'contact', part: 'contact' }, inside]]
      : [];
  }

  /** After what was drawn stands there. */
  drawn(): void {
    if (!this.#takesFocus) return;
    this.#takesFocus = false;
    this.#parts.find('.contact [name=email]')?.focus();
    // Its end too where it fits, so that nothing lies over its buttons.
    for (const part of ['.foot', 'form.contact']) this.#parts.find(part)?.scrollIntoView({ block: 'nearest' });
  }

  #form(words: Messages): Piece {
    const isBusy = this.#step === 'busy';
    const field = (
      name: string,
      label: string,
      attributes: Readonly<Record<string, string>>,
      kind = 'input',
      begun: readonly string[] = [],
    ): Piece => [
      'label',
      {},
      [label, [kind, { name, dir: 'auto', ...attributes, ...(isBusy && { readonly: '' }) }, begun]],
    ];
    const cancel: Piece = [
      'button',
      {
        type: 'button',
        class: 'link',
        part: 'cancel',
        onclick: () => {
          this.#go('closed');
          this.#parts.focusField();
        },
      },
      [words.cancel],
    ];
    return [
      'form',
      {
        class: 'contact',
        part: 'contact',
        'aria-label': words.leaveMessage,
        onsubmit: (event) => {
          event.preventDefault();
          if (!isBusy) void this.#send(event.target as HTMLFormElement);
        },
      },
      [
        field('email', words.yourEmail, { type: 'email', required: '', maxlength: '254', autocomplete: 'email' }),
        field('name', words.yourName, { maxlength: '100', autocomplete: 'name' }),
        field('text', words.yourMessage, { required: '', maxlength: '4000', rows: '3' }, 'textarea', [
          this.#asked?.text ?? '',
        ]),
        ['p', { dir: 'auto' }, [words.messageConsent, ' ', ...this.#parts.notice(words)]],
        ['p', { role: 'alert', class: 'said' }, this.#failed ? [words[this.#failed]] : []],
        [
          'button',
          { class: 'pill', part: 'send-message', 'aria-disabled': isBusy ? 'true' : 'false' },
          [isBusy ? `${words.send} …` : words.send],
        ],
        // What is under way can't be called back.
        ...(isBusy ? [] : [cancel]),
      ],
    ];
  }

  #open(last: ChatMessage | undefined): void {
    this.#asked = last?.role === 'user' ? last : undefined;
    this.#go('open');
  }

  #go(step: Step, failed?: keyof Messages): void {
    this.#takesFocus = step === 'open' && !failed;
    this.#step = step;
    this.#failed = failed;
    this.#parts.redraw();
  }

  async #send(form: HTMLFormElement): Promise<void> {
    const { conversation, sentenceOf, focusField } = this.#parts;
    const body = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
    let failed: keyof Messages | undefined;
    let begun: unknown;
    this.#go('busy');
    try {
      // Under its id what is sent again is kept once.
      const named = !conversation.conversationId && { messageId: this.#asked?.id };
      begun = await conversation.change('/contact', 'POST', { ...body, ...named, consent: true });
    } catch (error) {
      failed = sentenceOf(error);
    }
    // The visitor went on to another chat meanwhile.
    if (this.#step !== 'busy') return;
    if (typeof begun === 'string') conversation.keep(conversation.conversationId ?? begun);
    this.#go(failed ? 'open' : 'sent', failed);
    if (!failed) focusField();
  }
}

type Unknown<Answer> = { readonly [Name in keyof Answer]?: unknown };

/** What the server said of an agent, before anybody looked. By itself: what the chat has too would be fetched as a third file. */
export function toldOf(agent: Agent | undefined): Unknown<PublicAgent> {
  return agent?.told ?? {};
}

function toldBy(agent: Agent | undefined): Unknown<Told> | undefined {
  const { contact } = toldOf(agent);
  return typeof contact === 'object' && contact !== null ? contact : undefined;
}

function waysOf({ text, email, url, phone }: { readonly [Name in keyof Told]?: unknown }, words: Messages): Piece[] {
  const pieces: Piece[] = [];
  if (typeof text === 'string') pieces.push(['p', { dir: 'auto' }, [text]]);
  const link = (href: string | undefined, name: string, more = {}): void => {
    if (href) pieces.push(['a', { href, dir: 'auto', part: 'link', ...more }, [name]]);
  };
  if (typeof email === 'string') link(parseTarget(`mailto:${email}`)?.href, email);
  if (typeof phone === 'string') link(`tel:${phone.replace(/[^+\d]/g, '')}`, phone, { dir: 'ltr' });
  const page = typeof url === 'string' ? parseTarget(url) : undefined;
  if (page?.href.startsWith('http'))
    link(page.href, `${words.contactPage} (${page.address})`, { target: '_blank', rel: 'noopener' });
  return pieces;
}
