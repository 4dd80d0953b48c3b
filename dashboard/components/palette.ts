import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { LightElement } from '../../ui/light-element.ts';
import { listAgents, listKeys } from '../api.ts';
import type { SessionOrganization } from '../../server/http/wire.ts';
import { sectionPath } from '../route.ts';
import { navigate } from '../router.ts';
import { icon, type IconName } from './icons.ts';
import { sections } from './section-navigation.ts';

interface Goal {
  readonly words: string;
  readonly path: string;
  readonly picture: IconName;
}

interface Group {
  readonly name: string;
  readonly goals: readonly Goal[];
}

const typingPauseMs = 150;
const foundMax = 6;

/**
 * `<ui-palette>`: everything that somebody can go to, found by its name: pages, keys, agents, what can be made, other
 * organizations. A dialog with a combobox: the focus stays in the field, the arrows choose, Enter goes there.
 *
 * @prop {boolean} open
 * @prop {SessionOrganization[]} organizations
 * @prop {SessionOrganization} current
 *
 * @fires palette-close - It is to be closed: set `open` to false.
 */
export class Palette extends LightElement {
  @property({ type: Boolean }) open = false;
  @property({ attribute: false }) organizations: readonly SessionOrganization[] = [];
  @property({ attribute: false }) current!: SessionOrganization;
  @state() words = '';
  @state() chosen = 0;
  @state() keys: readonly Goal[] = [];
  @state() agents: readonly Goal[] = [];
  @state() hasFailed = false;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #reading = new AbortController();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#typing);
    this.#reading.abort();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('open')) return;
    Object.assign(this, { words: '', chosen: 0, keys: [], agents: [], hasFailed: false });
    clearTimeout(this.#typing);
    if (this.open) void this.#read();
    else this.#reading.abort();
  }

  protected override updated(): void {
    this.querySelector('[role=option][aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }

  protected override render(): TemplateResult {
    return html`<ui-dialog
      .open=${this.open}
      .heading=${'Go to'}
      .content=${this.open ? this.#renderInside() : undefined}
      @dialog-close=${this.#close}
    ></ui-dialog>`;
  }

  #renderInside(): TemplateResult {
    const groups = this.#groups;
    const goals = groups.flatMap((group) => group.goals);
    const at = Math.min(this.chosen, goals.length - 1);
    let index = -1;
    return html`<input
        class="input"
        type="text"
        role="combobox"
        autofocus
        autocomplete="off"
        spellcheck="false"
        maxlength="200"
        placeholder="Page, key, agent or action"
        aria-label="Page, key, agent or action"
        aria-autocomplete="list"
        aria-controls="palette-goals"
        aria-expanded=${goals.length > 0}
        aria-activedescendant=${goals.length > 0 ? `palette-goal-${at}` : nothing}
        .value=${this.words}
        @input=${this.#type}
        @keydown=${(event: KeyboardEvent) => this.#takeKey(event, goals, at)}
      />
      <div class="palette-goals" id="palette-goals" role="listbox" aria-label="Where to go">
        ${groups.map(
          (group, place) =>
            html`<div role="group" aria-labelledby=${`palette-group-${place}`}>
              <p class="palette-group soft" id=${`palette-group-${place}`} role="presentation">${group.name}</p>
              ${group.goals.map((goal) => {
                index += 1;
                return html`<div
                  class="palette-goal"
                  role="option"
                  id=${`palette-goal-${index}`}
                  aria-selected=${index === at}
                  @click=${() => this.#go(goal)}
                >
                  ${icon(goal.picture)} <span>${goal.words}</span>
                </div>`;
              })}
            </div>`,
        )}
      </div>
      <p class=${goals.length > 0 && !this.hasFailed ? 'unseen' : 'soft'} role="status">
        ${goals.length === 0 ? 'Nothing is called like that.' : `${goals.length} found.`}
        ${this.hasFailed ? 'Keys and agents could not be searched.' : nothing}
      </p>`;
  }

  get #groups(): readonly Group[] {
    const { id, role } = this.current;
    const wanted = this.words.trim().toLowerCase();
    const to = sections.map(([section, words, picture]) => ({ words, path: sectionPath(id, section), picture }));
    const make: Goal[] = [];
    if (role !== 'viewer') {
      make.push({ words: 'Create API Key', path: `${sectionPath(id, 'api-keys')}?create=1`, picture: 'plus' });
      make.push({ words: 'Create agent', path: `${sectionPath(id, 'agents')}/new`, picture: 'plus' });
    }
    if (role === 'owner') make.push({ words: 'Invite a member', path: sectionPath(id, 'members'), picture: 'plus' });
    const others = this.organizations
      .filter((one) => one.id !== id)
      .map((one) => ({ words: one.name, path: sectionPath(one.id, 'api-keys'), picture: 'members' as const }));
    const named = (goals: readonly Goal[]): readonly Goal[] =>
      goals.filter(({ words }) => words.toLowerCase().includes(wanted));
    const groups: readonly Group[] = [
      { name: 'Pages', goals: named([...to, { words: 'Account', path: '/account', picture: 'person' }]) },
      { name: 'Actions', goals: named(make) },
      // The server found them, also by their domains.
      { name: 'Keys', goals: this.keys },
      { name: 'Agents', goals: wanted === '' ? [] : named(this.agents).slice(0, foundMax) },
      { name: 'Organizations', goals: named(others).slice(0, foundMax) },
    ];
    return groups.filter(({ goals }) => goals.length > 0);
  }

  #takeKey(event: KeyboardEvent, goals: readonly Goal[], at: number): void {
    if (event.isComposing) return;
    const goal = goals[at];
    if (event.key === 'Enter' && goal) this.#go(goal);
    else if (event.key === 'ArrowDown') this.chosen = goals.length === 0 ? 0 : (at + 1) % goals.length;
    else if (event.key === 'ArrowUp') this.chosen = goals.length === 0 ? 0 : (at - 1 + goals.length) % goals.length;
    else return;
    event.preventDefault();
  }

  readonly #type = ({ target }: Event): void => {
    this.words = (target as HTMLInputElement).value;
    this.chosen = 0;
    // Enter must not go to what was found by other words.
    this.keys = [];
    this.#reading.abort();
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.#read(), typingPauseMs);
  };

  /** Only the newest reading may write. */
  async #read(): Promise<void> {
    this.#reading.abort();
    const { signal } = (this.#reading = new AbortController());
    const { id } = this.current;
    const q = this.words.trim();
    if (q === '') {
      this.keys = [];
      return;
    }
    try {
      const [keys, agents] = await Promise.all([
        listKeys(id, { limit: foundMax, q }, signal),
        this.agents.length > 0 ? undefined : listAgents(id, { limit: 100 }, signal),
      ]);
      if (signal.aborted) return;
      this.keys = keys.data.map((key) => ({
        words: key.name,
        path: `${sectionPath(id, 'api-keys')}/${key.id}`,
        picture: 'key',
      }));
      if (agents)
        this.agents = agents.data.map((agent) => ({
          words: agent.name,
          path: `${sectionPath(id, 'agents')}/${agent.id}`,
          picture: 'agent',
        }));
      this.hasFailed = false;
    } catch {
      if (!signal.aborted) this.hasFailed = true;
    }
  }

  #go({ path }: Goal): void {
    this.#close();
    void navigate(path);
  }

  readonly #close = (): void => {
    this.dispatchEvent(new CustomEvent('palette-close'));
  };
}
