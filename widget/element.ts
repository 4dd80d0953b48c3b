/**
 * Draws the chat and takes the visitor's input; the state is in `conversation.ts`. Longer than most files because it
 * is the element's whole public face: attributes, methods, events and focus belong to one class.
 */
import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { claimPlace } from './claim-place.ts';
import { createClient, type Identity } from './client.ts';
import { Composer, MESSAGE_CHARACTERS_MAX } from './composer.ts';
import { wordsOf, type ChatMessage } from './chat-message.ts';
import { Conversation } from './conversation.ts';
import { Countdown } from './countdown.ts';
import { createSheet } from './create-sheet.ts';
import { syncDialog } from './dialog.ts';
import { emit } from './events.ts';
import { behaviours, type ChatFailure, type FailureCode } from './failure.ts';
import { Formatter } from './formatter.ts';
import { ownGreeting } from './greeting.ts';
import type { Messages, Words } from './i18n/messages.ts';
import { keepInWindow } from './keep-in-window.ts';
import { launcherKit } from './launcher-kit.ts';
import { takeLauncher, updateLauncher } from './launcher-state.ts';
import { createMemory, type Memory } from './memory.ts';
import { isMixedContent } from './mixed-content.ts';
import { ofDocument, ofWindow } from './page.ts';
import { renderPanel, type PanelActions, type PanelView } from './panel.ts';
import { Scroller } from './scroller.ts';
import { panelStyles } from './styles.ts';
import { Viewport } from './viewport.ts';
import { Vocabulary } from './vocabulary.ts';

/** Made smaller by tests only. */
interface Timing {
  readonly silenceMs: number;
  readonly conflictWaitsMs: readonly number[];
}

/**
 * A chat with an agent of a Postern server: a launcher with a floating dialog, or (`inline`) a part of the page.
 *
 * Before the visitor writes nothing is stored, and nothing is sent until the chat opens, except that `hide-when-blocked`
 * asks the server once at the start whether this page may chat at all.
 *
 * @tagname postern-chat
 *
 * @attr {string} public-key - The publishable key, `pk_…`. Never a secret: every visitor can read it.
 * @attr {string} agent - The agent's id, `agt_…`.
 * @attr {string} api - Origin of the Postern server; the page's own when absent.
 * @attr {boolean} open - The chat is open. Reflected.
 * @attr {boolean} inline - Fills its place in the page, without a launcher, always open.
 * @attr {'start'|'end'} position - The side of the launcher; `end` by default (right, or left in right-to-left words).
 * @attr {string} label - Words beside the launcher's icon, and its name.
 * @attr {string} lang - Language of the words (en, de, es, fr, pt, ja, zh, ar); else the page's, else the browser's.
 * @attr {'light'|'dark'} theme - Else the system's.
 * @attr {string} avatar - Address of a picture beside the agent's name, instead of its first letter.
 * @attr {string} greeting - Instead of the agent's: a line each, for every page or after the beginning of a path (`/pricing Any questions?`).
 * @attr {string} consent - What writing means, above the composer until the first message; without words the usual sentence. Until then not even a draft is kept.
 * @attr {string} privacy-url - Address of the privacy notice; else that of the organization.
 * @attr {boolean} remember - Keeps the conversation beyond the tab (`localStorage`).
 * @attr {boolean} hide-when-blocked - No launcher where the key may not be used.
 *
 * @fires postern-ready - The element can be used.
 * @fires postern-open - The chat opened.
 * @fires postern-close - The chat closed.
 * @fires {CustomEvent<MessageDetail>} postern-message - A message is about to be sent; `preventDefault()` keeps it back.
 * @fires {CustomEvent<ReplyDetail>} postern-reply - A reply is whole.
 * @fires {CustomEvent<ErrorDetail>} postern-error - Something went wrong; `detail.code` says what, `detail.fix` what to do.
 *
 * @slot header - Replaces the picture beside the title.
 * @slot footer - Below the composer: a disclaimer, say.
 *
 * @csspart launcher - The round button.
 * @csspart badge - The number of unread replies on it.
 * @csspart panel - The whole chat.
 * @csspart header - The row with the title.
 * @csspart avatar - The picture beside the title.
 * @csspart title - The agent's name.
 * @csspart new - The button that begins a new conversation.
 * @csspart close - The button that closes the chat.
 * @csspart log - The scrolling history.
 * @csspart message - Every message.
 * @csspart user-message - A message of the visitor.
 * @csspart agent-message - A message of the agent.
 * @csspart typing - The dots while a reply is awaited.
 * @csspart suggestion - A suggested question.
 * @csspart link - A link in a reply.
 * @csspart code - A block of code with its button.
 * @csspart copy - The button that copies it.
 * @csspart rate - A thumb under an answer.
 * @csspart cancel - The button that keeps the chat, or closes the form.
 * @csspart privacy - The link to the privacy notice.
 * @csspart delete - The button that deletes the chat, after a question.
 * @csspart delete-now - The button that answers the question.
 * @csspart contact - Whom to ask instead, or the form that leaves a message.
 * @csspart leave-message - The button that opens the form.
 * @csspart send-message - The button that sends it.
 * @csspart trouble - What went wrong, with the way out.
 * @csspart alert - The sentence in it.
 * @csspart retry - The button in it.
 * @csspart latest - The button that scrolls to the newest message.
 * @csspart disclosure - That no human answers: above the first message, and below the composer.
 * @csspart note - By how much a draft is too long.
 * @csspart composer - The row with the input.
 * @csspart input - The text field.
 * @csspart send - The button that sends, or stops a reply.
 *
 * @cssprop [--postern-accent=#4f46e5] - Any colour. The words on it are black or white, whichever is easier to read.
 * @cssprop [--postern-background] - Of the panel. You answer for the contrast with `--postern-text`.
 * @cssprop [--postern-text] - On the panel.
 * @cssprop [--postern-font] - A font family list.
 * @cssprop [--postern-radius=18px] - Of the panel's corners.
 * @cssprop [--postern-width=400px] - Of the floating panel.
 * @cssprop [--postern-height=640px] - Of the floating panel.
 * @cssprop [--postern-offset=20px] - From the edges of the window.
 * @cssprop [--postern-z-index=2147483000] - Of launcher and panel.
 */
export class PosternChat extends LitElement {
  static override readonly properties = {
    publicKey: { attribute: 'public-key' },
    agent: {},
    api: {},
    label: {},
    avatar: {},
    greeting: {},
    lang: {},
    position: { reflect: true },
    theme: { reflect: true },
    inline: { type: Boolean, reflect: true },
    expanded: { type: Boolean, attribute: 'open', reflect: true },
    consent: {},
    privacyUrl: { attribute: 'privacy-url' },
    remember: { type: Boolean },
    hideWhenBlocked: { type: Boolean, attribute: 'hide-when-blocked' },
    isChecking: { state: true },
  };

  declare publicKey: string;
  declare agent: string;
  declare api: string;
  declare label: string;
  declare avatar: string;
  declare greeting: string;
  declare position: 'start' | 'end' | undefined;
  declare theme: 'light' | 'dark' | undefined;
  declare inline: boolean;
  /** The `open` attribute. */
  declare expanded: boolean;
  /** Without a value nothing is said. */
  declare consent: string | null | undefined;
  declare privacyUrl: string | undefined;
  declare remember: boolean;
  declare hideWhenBlocked: boolean;
  /** @internal */
  declare isChecking: boolean;

  /** @internal */
  timing: Timing = { silenceMs: 30_000, conflictWaitsMs: [1000, 2000, 4000] };

  readonly #conversation = new Conversation(this, {
    client: () => createClient({ ...this.#identity, silenceMs: this.timing.silenceMs }),
    memory: () => this.#memory,
    conflictWaitsMs: () => this.timing.conflictWaitsMs,
    onBegin: () => this.#rememberOpen(),
    onReply: (reply) => {
      if (!this.#isShown) this.#unread += 1;
      emit(this, 'postern-reply', reply);
    },
    onFailure: (failure) => this.#tellPage(failure),
    onEarlier: () => this.#scroller.hold(),
  });
  readonly #vocabulary = new Vocabulary(this, () => this.lang);
  readonly #formatter = new Formatter(this, this.#conversation);
  readonly #viewport = new Viewport(this, () => this.#find('.panel'));
  readonly #scroller = new Scroller(this, () => this.#find('.log'));
  readonly #countdown = new Countdown(this, () => this.#conversation.trouble?.retryAtMs ?? 0);
  readonly #composer = new Composer({
    host: this,
    input: () => this.#find('.composer textarea') as HTMLTextAreaElement | null,
    send: (text) => this.send(text),
    // Where the page asks for consent, the first message is what gives it.
    draft: () =>
      typeof this.consent !== 'string' || this.#conversation.messages.length > 0 ? this.#memory.draft : undefined,
  });
  readonly #reported = new Set<FailureCode>();
  #launcher!: HTMLButtonElement;
  #window: IntersectionObserver | undefined;
  #unread = 0;
  #place = '';
  #isIdle = false;
  #wasShown = false;
  /** The chat was shown once: until then no picture is fetched. */
  #isSeen = false;
  #lostAvatar: string | undefined;
  #takesFocus = false;
  #announced: ChatMessage | undefined;

  constructor() {
    super();
    this.publicKey = '';
    this.agent = '';
    this.api = '';
    this.label = '';
    this.avatar = '';
    this.greeting = '';
    this.inline = false;
    this.expanded = false;
    this.remember = false;
    this.hideWhenBlocked = false;
    this.isChecking = false;
    // A page's modal that keeps the focus (Bootstrap's, say) would take it back from the chat.
    this.addEventListener('focusin', (event) => {
      if (!this.inline) event.stopPropagation();
    });
  }

  /** A method: opens the chat and puts the focus into it. Set by a framework that sets properties, it is the attribute. */
  get open(): () => void {
    return this.#open;
  }
  set open(isOpen: unknown) {
    this.expanded = isOpen === '' || !!isOpen;
  }

  /** Closes the chat; the focus goes back to where it came from. */
  close(): void {
    this.expanded = false;
  }

  /**
   * Sends a message as if the visitor had written it. False when it was not taken: it is empty or has more than 4,000
   * characters, a reply is still under way, or the page cancelled `postern-message`. The reply, or the failure, comes as an event.
   */
  send(text: string): boolean {
    const message = text.trim();
    if (message === '' || message.length > MESSAGE_CHARACTERS_MAX || this.#conversation.isAnswering) return false;
    if (!emit(this, 'postern-message', { text: message })) {
      // Perhaps to ask for consent: until then not even the draft is kept.
      this.#memory.draft.write(undefined);
      return false;
    }
    this.#scroller.follow();
    void this.#conversation.send(message);
    return true;
  }

  /** Forgets the conversation and begins a new one. */
  reset(): void {
    this.#conversation.reset();
    this.#composer.keep();
    if (this.#isShown) void this.#conversation.open();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#window = keepInWindow(this, this.#launcher);
    // Moved in the page, a modal dialog is no longer modal, and observers were let go.
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#window?.disconnect();
  }

  protected override createRenderRoot(): ShadowRoot {
    const root = super.createRenderRoot() as ShadowRoot;
    root.adoptedStyleSheets = [launcherKit().styles, panelStyles].map(createSheet);
    this.#launcher = takeLauncher(root);
    this.#launcher.addEventListener('click', () => {
      if (this.expanded) this.close();
      // On a phone not in the task that handles the tap and draws the frame after it: both would be one long task.
      else if (this.#viewport.isSmall) setTimeout(() => this.open());
      else this.open();
    });
    this.renderOptions.renderBefore = null;
    return root;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const isOther = changed.has('publicKey') || changed.has('agent') || changed.has('api');
    if (!this.hasUpdated || isOther) this.#place = claimPlace(this, `${this.publicKey}:${this.agent}`);
    if (!this.hasUpdated) this.#beginAsLeft();
    else if (isOther) {
      this.#conversation.restart();
      this.#wasShown = false;
    }
    if (this.hideWhenBlocked && (isOther || changed.has('hideWhenBlocked'))) void this.#check();
  }

  protected override render(): unknown {
    const { words, language, direction } = this.#vocabulary;
    if (!words || (this.inline && this.#isHidden) || !(this.#isShown || this.#isIdle || this.#find('.panel')))
      return nothing;
    this.#isSeen ||= this.#isShown;
    const content = renderPanel(this.#view(words), this.#actions);
    const keys = this.#keepKeys;
    if (this.inline) {
      return html`<section
        class="panel"
        part="panel"
        aria-label=${this.#name}
        dir=${direction}
        lang=${language}
        @keydown=${keys}
        @keyup=${keys}
        @keypress=${keys}
      >
        ${content}
      </section>`;
    }
    return html`<dialog
      class=${this.#viewport.isSmall ? 'panel full' : 'panel'}
      part="panel"
      tabindex="-1"
      aria-label=${this.#name}
      dir=${direction}
      lang=${language}
      @cancel=${this.#cancel}
      @keydown=${keys}
      @keyup=${keys}
      @keypress=${keys}
    >
      ${content}
    </dialog>`;
  }

  protected override firstUpdated(): void {
    emit(this, 'postern-ready', null);
    // Drawn before it is opened, it opens at once; nothing is asked of the server for that.
    whenIdle(() => {
      this.#isIdle = true;
      this.requestUpdate();
      whenIdle(() => this.#warmUp());
    });
  }

  protected override updated(changed: PropertyValues<this>): void {
    this.#syncPanel();
    // Not in the task that draws and lays out the panel: on a slow phone both are long.
    if (this.#isShown && !this.#wasShown) setTimeout(() => this.#begin());
    this.#wasShown = this.#isShown;
    if (this.#isShown) this.#unread = 0;
    if (changed.has('expanded') && !this.inline && (this.expanded || changed.get('expanded') === true)) {
      this.#rememberOpen();
      emit(this, this.expanded ? 'postern-open' : 'postern-close', null);
    }
    this.#composer.restore();
    // Where there are extras, all words are there.
    this.#formatter.extras?.draw(this.#vocabulary.words as Messages);
    this.#announce();
    this.#drawLauncher();
  }

  get #identity(): Identity {
    return { api: this.api || location.origin, publicKey: this.publicKey, agentId: this.agent };
  }

  get #memory(): Memory {
    return createMemory({ ...this.#identity, place: this.#place, remember: this.remember });
  }

  get #name(): string {
    return this.#conversation.agent?.name ?? this.#launcherName;
  }

  get #launcherName(): string {
    // Until the words are there, the button keeps the name that the loader gave it.
    const { words } = this.#vocabulary;
    return [this.label, words?.chat, this.#launcher.getAttribute('aria-label')].find(Boolean) ?? 'Chat';
  }

  get #isShown(): boolean {
    return (this.inline || this.expanded) && !this.isChecking;
  }

  get #isHidden(): boolean {
    return this.hideWhenBlocked && (this.isChecking || (this.#conversation.isRefused && !this.expanded));
  }

  #find(selector: string): HTMLElement | null {
    return this.shadowRoot?.querySelector<HTMLElement>(selector) ?? null;
  }

  #view(words: Words): PanelView {
    const { agent, messages, earlier, trouble, isAnswering, isRefused } = this.#conversation;
    return {
      words,
      name: this.#name,
      avatar: this.#isSeen && this.avatar !== this.#lostAvatar ? this.avatar : '',
      greeting: ownGreeting(this.greeting),
      agent,
      messages,
      earlier,
      trouble,
      isAnswering,
      isRefused,
      hasDraft: this.#composer.hasDraft,
      tooMany: this.#composer.tooMany,
      isScrolledUp: this.#scroller.isScrolledUp,
      isInline: this.inline,
      waitSeconds: this.#countdown.secondsLeft,
      formatter: this.#formatter,
      consent: typeof this.consent !== 'string' ? '' : this.consent || words.consent,
    };
  }

  readonly #actions: PanelActions = {
    close: () => this.close(),
    startAnew: () => this.#thenFocus(() => this.reset()),
    ask: (text) => this.#thenFocus(() => this.send(text)),
    submit: () => this.#thenFocus(() => this.#composer.submit()),
    stop: () => this.#thenFocus(() => this.#conversation.stop()),
    solve: () => this.#thenFocus(() => this.#solve()),
    toLatest: () => this.#thenFocus(() => this.#scroller.follow()),
    scrolled: () => {
      this.#scroller.scrolled();
      if (this.#scroller.isNearTop) void this.#conversation.showEarlier();
    },
    typed: () => this.#composer.typed(),
    pressed: (event) => this.#composer.pressed(event),
    lostAvatar: () => {
      this.#lostAvatar = this.avatar;
      this.requestUpdate();
    },
  };

  /** The buttons that do these things vanish or change: the focus must not fall back to the page. */
  #thenFocus(act: () => void): void {
    act();
    this.#composer.focus();
  }

  /** The first layout of a panel costs more than the next ones, fonts above all: nobody sees this one, or waits for it. */
  #warmUp(): void {
    const panel = this.#find('.panel');
    if (!panel || this.#isShown) return;
    panel.style.display = 'flex';
    panel.getBoundingClientRect();
    panel.style.display = '';
  }

  #begin(): void {
    if (!this.#isShown) return;
    void this.#formatter.fetch();
    void this.#conversation.open();
  }

  #solve(): void {
    const { trouble } = this.#conversation;
    if (!trouble) return;
    this.#scroller.follow();
    if (behaviours[trouble.code].action !== 'edit') void this.#conversation.retry();
    else this.#composer.giveBack(this.#conversation.takeBack());
  }

  /** The page's own shortcuts can't see that a text field has the focus inside a shadow root: they get no keys from it. */
  readonly #keepKeys = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.type === 'keydown' && event.key === 'Escape' && !event.isComposing && !this.inline) this.close();
  };

  readonly #open = () => {
    this.#takesFocus = true;
    this.expanded = true;
    this.requestUpdate();
  };

  readonly #cancel = (event: Event): void => {
    event.preventDefault();
    this.close();
  };

  /** Open where it was left open. A whole small screen is only covered when the visitor did so. */
  #beginAsLeft(): void {
    if (this.inline) return;
    const wasLeftOpen = this.#memory.open.read() === 'yes';
    if (wasLeftOpen) this.expanded = true;
    else if (this.#viewport.isSmall && !this.#takesFocus) this.expanded = false;
  }

  /** Asks the server, before anything is shown, whether this page may chat. */
  async #check(): Promise<void> {
    this.isChecking = true;
    const isWelcome = await this.#conversation.open();
    this.isChecking = false;
    if (!isWelcome && this.#conversation.isRefused) this.expanded = false;
  }

  #syncPanel(): void {
    const dialog = this.#find('.panel');
    if (!(dialog instanceof HTMLDialogElement) || !this.isConnected) return;
    const hadFocus = dialog.contains((this.renderRoot as ShadowRoot).activeElement);
    const isOpening = this.#isShown && !dialog.open;
    const takesFocus = this.#takesFocus || hadFocus;
    syncDialog(dialog, { isOpen: this.#isShown, isModal: this.#viewport.isSmall, takesFocus });
    if (isOpening && (takesFocus || this.#viewport.isSmall)) {
      // A finger that opened the chat would rather see it than the keyboard over half of it.
      if (this.#viewport.isSmall && matchMedia('(pointer: coarse)').matches) dialog.focus({ preventScroll: true });
      else this.#composer.focus();
    }
    if (isOpening) this.#composer.fit();
    if (this.#isShown) this.#takesFocus = false;
    else if (hadFocus && (ofDocument('activeElement') ?? ofDocument('body')) === ofDocument('body')) {
      // The dialog gives the focus back by itself, unless it was opened without taking it.
      this.#launcher.focus({ preventScroll: true });
    }
  }

  #announce(): void {
    const reply = this.#conversation.lastReply;
    const announcer = this.#find('.announcer');
    if (!announcer || reply === this.#announced) return;
    this.#announced = reply;
    const { words } = this.#vocabulary;
    if (!reply || !words) return announcer.replaceChildren();
    const said = wordsOf(reply, words);
    const plain = this.#formatter.richText?.toPlainText(said) ?? said;
    // A new node each time, so that the same answer twice is said twice.
    announcer.replaceChildren([plain, ...(reply.suggestions ?? []), reply.isCut ? words.cut : ''].join('\n').trim());
  }

  #drawLauncher(): void {
    this.#launcher.hidden = this.#isHidden;
    updateLauncher(this.#launcher, {
      name: this.#launcherName,
      label: this.label,
      direction: this.#vocabulary.direction,
      isOpen: this.expanded,
      unread: this.#unread,
      unreadWords: this.#vocabulary.words?.unread?.replace('{n}', String(this.#unread)) ?? '',
    });
  }

  #rememberOpen(): void {
    if (this.#conversation.conversationId && !this.inline) this.#memory.open.write(this.expanded ? 'yes' : undefined);
  }

  #tellPage(failure: ChatFailure): void {
    emit(this, 'postern-error', { code: failure.code, origin: location.origin, ...failure.facts });
    const { api } = this.#identity;
    const isRefused = behaviours[failure.code].refused === true;
    const reported = { failure, api, isRefused, isMixed: isMixedContent(api) };
    void this.#formatter.fetch().then(() => this.#formatter.richText?.report(reported, this.#reported));
  }
}

function whenIdle(act: () => void): void {
  if (ofWindow('requestIdleCallback')) requestIdleCallback(act);
  else setTimeout(act, 200);
}
