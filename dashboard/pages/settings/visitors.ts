import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import {
  contactLimits,
  isPlausibleEmail,
  isPhoneNumber,
  isPublicAddress,
} from '../../../server/accounts/contact-rules.ts';
import type { Contact, OrganizationSettings } from '../../../server/http/wire.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { field } from '../../components/field.ts';
import { LeaveGuard } from '../../controllers/leave-guard.ts';
import { SettingsPart } from './settings-part.ts';

type Line = 'text' | 'email' | 'url' | 'phone' | 'privacyUrl';
type Draft = Readonly<Record<Line, string>> & { readonly leaveMessage: boolean };

interface LineWords {
  readonly label: string;
  readonly hint?: string;
  readonly type: string;
  readonly placeholder?: string;
  /** Of the server's answer. */
  readonly path: string;
  readonly max: number;
}

const lines: Readonly<Record<Line, LineWords>> = {
  text: {
    label: 'Words',
    hint: 'When you can be reached, say.',
    type: 'text',
    path: 'contact.text',
    max: contactLimits.text,
  },
  email: { label: 'E-mail address', type: 'email', path: 'contact.email', max: contactLimits.email },
  url: {
    label: 'Page',
    type: 'url',
    placeholder: 'https://example.com/contact',
    path: 'contact.url',
    max: contactLimits.url,
  },
  phone: {
    label: 'Telephone',
    type: 'text',
    placeholder: '+49 30 1234567',
    path: 'contact.phone',
    max: contactLimits.phone,
  },
  privacyUrl: {
    label: 'Address of the notice',
    hint: 'The chat links to it, unless a page names another one in its tag.',
    type: 'url',
    placeholder: 'https://example.com/privacy',
    path: 'privacyUrl',
    max: contactLimits.url,
  },
};
const ways = ['text', 'email', 'url', 'phone'] as const;
const placed = Object.values(lines).map(({ path }) => path);

/** `<settings-visitors>`: what visitors are told of the organization: whom to ask, and its privacy notice. */
export class VisitorSettings extends SettingsPart {
  @state() draft: Partial<Draft> = {};
  @state() problems: Partial<Record<Line, string>> = {};
  /** Which of the two was saved last. */
  @state() about: 'contact' | 'privacy' = 'contact';

  constructor() {
    super();
    new LeaveGuard(this, () => Object.keys(this.draft).length > 0);
  }

  protected override render(): TemplateResult {
    const { leaveMessage } = this.#shown;
    return html`<div class="stack">
      <form class="card stack" novalidate aria-labelledby="contact-heading" @submit=${this.#saveContact}>
        <div>
          <h2 id="contact-heading">Contact for visitors</h2>
          <p class="soft">
            Where an agent finds nothing, or can’t answer, its chat says whom to ask instead. All of it is optional;
            every visitor can read it.
          </p>
        </div>
        ${ways.map((line) => this.#line(line))}
        <label class="option">
          <input
            type="checkbox"
            ?disabled=${!this.mayChange}
            .checked=${live(leaveMessage)}
            @change=${({ currentTarget }: Event) =>
              this.#type({ leaveMessage: (currentTarget as HTMLInputElement).checked })}
          />
          <span>
            Visitors may leave a message
            <small class="soft">
              A short form: e-mail address, name, words. It is kept with the conversation. No mail is sent: webhooks
              tell you, and the list of conversations shows it.
            </small>
          </span>
        </label>
        ${this.#end('contact', 'Save contact')}
      </form>
      <form class="card stack" novalidate aria-labelledby="privacy-heading" @submit=${this.#savePrivacy}>
        <h2 id="privacy-heading">Privacy notice</h2>
        ${this.#line('privacyUrl')} ${this.#end('privacy', 'Save notice')}
      </form>
    </div>`;
  }

  get #shown(): Draft {
    return { ...draftOf(this.settings), ...this.draft };
  }

  #line(line: Line): TemplateResult {
    const { label, hint, type, placeholder, path, max } = lines[line];
    const wiring = {
      type: (event: Event) => this.#type({ [line]: (event.currentTarget as HTMLInputElement).value }),
      value: this.#shown[line],
    };
    return field({
      id: `visitors-${line}`,
      label,
      hint,
      error: this.problems[line] ?? this.failure?.problemAt(path),
      control: ({ id, describedBy, invalid }) =>
        line === 'text'
          ? html`<textarea
              id=${id}
              rows="3"
              dir="auto"
              maxlength=${max}
              ?readonly=${!this.mayChange}
              aria-describedby=${describedBy}
              aria-invalid=${invalid}
              .value=${live(wiring.value)}
              @input=${wiring.type}
            ></textarea>`
          : html`<input
              id=${id}
              type=${type}
              dir="ltr"
              autocomplete="off"
              maxlength=${max}
              placeholder=${placeholder ?? nothing}
              ?readonly=${!this.mayChange}
              aria-describedby=${describedBy}
              aria-invalid=${invalid}
              .value=${live(wiring.value)}
              @input=${wiring.type}
            />`,
    });
  }

  #end(about: 'contact' | 'privacy', words: string): TemplateResult | typeof nothing {
    const { failure } = this;
    if (!this.mayChange) return nothing;
    return html`${this.about === about && failure && failure.generalProblem(placed) !== '' ? failureBlock(failure) : nothing}
      <div>
        <button class="button primary" type="submit" aria-busy=${this.about === about && this.isSaving}>
          ${words}
        </button>
      </div>`;
  }

  #type(change: Partial<Draft>): void {
    const kept = draftOf(this.settings);
    const typed = Object.entries({ ...this.draft, ...change });
    // What is again as it was is no change.
    this.draft = Object.fromEntries(typed.filter(([name, value]) => kept[name as keyof Draft] !== value));
    this.problems = {};
    this.failure = undefined;
  }

  readonly #saveContact = (event: Event): void => {
    event.preventDefault();
    const { text, email, url, phone, leaveMessage } = this.#shown;
    const given = Object.entries({ text, email, url, phone })
      .map(([name, words]) => [name, words.trim()] as const)
      .filter(([, words]) => words !== '');
    const contact = given.length > 0 || leaveMessage ? { ...Object.fromEntries(given), leaveMessage } : null;
    const message = contact === null ? 'Visitors are told of no contact any more.' : 'The contact is saved.';
    void this.#save('contact', problemsOf(this.#shown), { contact }, [...ways, 'leaveMessage'], message);
  };

  readonly #savePrivacy = (event: Event): void => {
    event.preventDefault();
    const privacyUrl = this.#shown.privacyUrl.trim();
    const isBad = privacyUrl !== '' && !isPublicAddress(privacyUrl, false);
    const problems = isBad ? { privacyUrl: 'Write an address such as https://example.com/privacy.' } : {};
    const change = { privacyUrl: privacyUrl === '' ? null : privacyUrl };
    void this.#save('privacy', problems, change, ['privacyUrl'], 'The privacy notice is saved.');
  };

  async #save(
    about: 'contact' | 'privacy',
    problems: Partial<Record<Line, string>>,
    change: { readonly contact?: Contact | null; readonly privacyUrl?: string | null },
    names: readonly (keyof Draft)[],
    message: string,
  ): Promise<void> {
    this.about = about;
    this.problems = problems;
    const isGood = Object.keys(problems).length === 0 && (await this.change(change, message));
    if (isGood)
      this.draft = Object.fromEntries(
        Object.entries(this.draft).filter(([name]) => !names.includes(name as keyof Draft)),
      );
    else {
      await this.updateComplete;
      this.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    }
  }
}

function draftOf({ contact, privacyUrl }: OrganizationSettings): Draft {
  const { text = '', email = '', url = '', phone = '', leaveMessage = false } = contact ?? {};
  return { text, email, url, phone, leaveMessage, privacyUrl: privacyUrl ?? '' };
}

function problemsOf({ email, url, phone }: Draft): Partial<Record<Line, string>> {
  const isEmpty = (text: string): boolean => text.trim() === '';
  return {
    ...(!isEmpty(email) &&
      !isPlausibleEmail(email.trim()) && { email: 'Write an e-mail address such as help@example.com.' }),
    ...(!isEmpty(url) &&
      !isPublicAddress(url.trim(), true) && { url: 'Write an address such as https://example.com/contact.' }),
    ...(!isEmpty(phone) &&
      !isPhoneNumber(phone.trim()) && { phone: 'Write a telephone number such as +49 30 1234567.' }),
  };
}
