/** One conversation as its visitor saw it, with what each reply stands on. Nobody can change it here, only delete it. */
import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { ApiError, toApiError } from '../../ui/api-error.ts';
import type { ConversationThread, LeftMessage, Message } from '../../server/http/wire.ts';
import { deleteConversation, readAgent, readConversation, readKey } from '../api.ts';
import { askToConfirm } from '../components/ask-to-confirm.ts';
import { badge } from '../components/badge.ts';
import { emptyState } from '../components/empty-state.ts';
import { failureBlock } from '../components/failure-block.ts';
import { plural } from '../components/number-words.ts';
import { richText } from '../components/rich-text.ts';
import { skeleton } from '../components/skeleton.ts';
import { exactTime } from '../components/time-words.ts';
import { toast } from '../components/toast.ts';
import { Resource } from '../controllers/resource.ts';
import { Page } from '../page.ts';
import { sectionPath } from '../route.ts';
import { navigate } from '../router.ts';
import { unlessGone } from '../unless-gone.ts';
import { contactBadge, outcomeBadge, ratingMark } from './conversations/words.ts';

export class ConversationPage extends Page {
  override readonly heading = 'Conversation';
  @state() isLoadingEarlier = false;
  @state() earlierFailure: ApiError | undefined;
  /** What agent and key are called; one that is gone is called by its id. */
  @state() names: { readonly agent?: string | undefined; readonly key?: string | undefined } = {};
  readonly #thread = new Resource(this, async (signal) => {
    const thread = await readConversation(this.organizationId, this.#id, null, signal);
    void this.#readNames(thread, signal);
    return thread;
  });

  get #id(): string {
    return this.params.conversationId ?? '';
  }

  protected override render(): TemplateResult {
    const { value, failure } = this.#thread;
    return html`<div class="page">
      <header class="page-head">
        <div>
          <a class="crumb" href=${sectionPath(this.organizationId, 'conversations')}>Conversations</a>
          <h1 class="first-asked" tabindex="-1" dir="auto">
            ${value && value.firstQuestion !== '' ? value.firstQuestion : this.heading}
          </h1>
        </div>
        ${
          value && this.mayChange
            ? html`<button class="button quiet-danger" type="button" @click=${() => void this.#delete(value)}>
                Delete conversation…
              </button>`
            : nothing
        }
      </header>
      ${
        value
          ? this.#renderThread(value)
          : failure?.code === 'not_found'
            ? emptyState({
                picture: 'conversation',
                heading: 'This conversation is not here',
                content: 'It was deleted, by its visitor or by somebody here, or its time was over.',
                action: html`<a class="button" href=${sectionPath(this.organizationId, 'conversations')}
                  >All conversations</a
                >`,
              })
            : failure
              ? failureBlock(failure, () => void this.#thread.load())
              : skeleton('Loading the conversation', 5)
      }
    </div>`;
  }

  #renderThread(thread: ConversationThread): TemplateResult {
    const { agentId, keyId, origin, turns, startedAt, earlierMessages } = thread;
    const { agent = agentId, key = keyId } = this.names;
    return html`<dl class="conversation-facts">
        ${fact('Agent', html`<a href=${`${sectionPath(this.organizationId, 'agents')}/${agentId}`}><bdi>${agent}</bdi></a>`)}
        ${fact('Key', html`<a href=${`${sectionPath(this.organizationId, 'api-keys')}/${keyId}`}><bdi>${key}</bdi></a>`)}
        ${fact('Page', origin ?? 'A server, with the secret')} ${fact('Begun', exactTime(startedAt))}
        ${fact('Questions', html`${turns} ${outcomeBadge(thread)} ${ratingMark(thread.rating)} ${contactBadge(thread)}`)}
      </dl>
      ${
        earlierMessages
          ? html`<p class="soft">By the caller’s word, ${plural(earlierMessages, 'message')} came before.</p>`
          : nothing
      }
      ${this.earlierFailure ? failureBlock(this.earlierFailure) : nothing}
      ${
        thread.nextBefore === null
          ? nothing
          : html`<button
              class="button more"
              type="button"
              aria-busy=${this.isLoadingEarlier}
              @click=${() => void this.#loadEarlier(thread)}
            >
              Load earlier messages
            </button>`
      }
      ${
        thread.messages.length > 0
          ? html`<ol class="thread" aria-label="Messages">
              ${thread.messages.map(message)}
            </ol>`
          : nothing
      }
      ${
        thread.leftMessages.length > 0
          ? html`<section class="stack tight" aria-labelledby="left-heading">
              <h2 id="left-heading">Left for you</h2>
              <ul class="thread">
                ${thread.leftMessages.map(leftMessage)}
              </ul>
              <p class="soft">Name and address are what the visitor says; nobody has checked them.</p>
            </section>`
          : nothing
      }`;
  }

  async #readNames({ agentId, keyId }: ConversationThread, signal: AbortSignal): Promise<void> {
    const [agent, key] = await Promise.all([
      readAgent(this.organizationId, agentId, signal).catch(() => undefined),
      readKey(this.organizationId, keyId, signal).catch(() => undefined),
    ]);
    this.names = { agent: agent?.name, key: key?.name };
  }

  async #loadEarlier(thread: ConversationThread): Promise<void> {
    if (this.isLoadingEarlier) return;
    this.isLoadingEarlier = true;
    this.earlierFailure = undefined;
    try {
      const earlier = await readConversation(this.organizationId, this.#id, thread.nextBefore);
      this.#thread.set({
        ...thread,
        messages: [...earlier.messages, ...thread.messages],
        nextBefore: earlier.nextBefore,
      });
    } catch (error) {
      this.earlierFailure = toApiError(error);
    }
    this.isLoadingEarlier = false;
  }

  async #delete({ id, turns }: ConversationThread): Promise<void> {
    const isSure = await askToConfirm({
      heading: 'Delete this conversation?',
      content:
        turns > 0
          ? `${plural(turns, 'question')} with what was answered are gone at once, for its visitor too.`
          : 'What was left in it is gone at once, for its visitor too.',
      confirmLabel: 'Delete for good',
      isDanger: true,
      run: () => unlessGone(deleteConversation(this.organizationId, id)),
    });
    if (!isSure) return;
    toast({ message: 'The conversation is deleted.' });
    await navigate(sectionPath(this.organizationId, 'conversations'), { replace: true });
  }
}

function leftMessage({ name, email, text, createdAt }: LeftMessage): TemplateResult {
  // Nothing of an address may become another part of the link.
  const mail = `mailto:${email.split('@').map(encodeURIComponent).join('@')}`;
  return html`<li class="thread-message user">
    <p class="thread-head">
      <b><bdi>${name ?? 'Visitor'}</bdi></b>
      <a class="break" href=${mail}><bdi>${email}</bdi></a>
      <span class="soft"><ui-time .at=${createdAt}></ui-time></span>
    </p>
    <p class="thread-text" dir="auto">${text}</p>
  </li>`;
}

function fact(name: string, content: TemplateResult | string): TemplateResult {
  return html`<div>
    <dt>${name}</dt>
    <dd class="break">${content}</dd>
  </div>`;
}

function message({ role, text, createdAt, outcome, suggestions = [], sources = [], rating, generated }: Message) {
  const isReply = role === 'agent';
  // A reply without an answer may name them in its text already.
  const offered = suggestions.filter((suggestion) => !text.includes(suggestion));
  return html`<li class="thread-message ${role}">
    <p class="thread-head">
      <b>${isReply ? 'Agent' : 'Visitor'}</b>
      <span class="soft"><ui-time .at=${createdAt}></ui-time></span>
      ${outcome === 'none' ? badge('warning', 'No answer') : nothing}
      ${outcome === 'nearest' ? badge('neutral', 'Near answer') : nothing}
      ${generated ? badge('accent', 'By a model') : nothing} ${ratingMark(rating)}
    </p>
    ${isReply ? richText(text) : html`<p class="thread-text" dir="auto">${text}</p>`}
    ${
      offered.length > 0
        ? html`<p class="thread-more soft">Offered instead:</p>
            <ul class="thread-list">
              ${offered.map((suggestion) => html`<li dir="auto">${suggestion}</li>`)}
            </ul>`
        : nothing
    }
    ${
      sources.length > 0
        ? html`<p class="thread-more soft">
            From: ${sources.map(({ title }, index) => html`${index > 0 ? ', ' : ''}<bdi>${title}</bdi>`)}
          </p>`
        : nothing
    }
  </li>`;
}
