/** What is said of an organization as a whole. Owners change it, the others read. */
import { html, type TemplateResult } from 'lit';
import type { OrganizationSettings } from '../../server/http/wire.ts';
import { archivePath, readSettings } from '../api.ts';
import { failureBlock } from '../components/failure-block.ts';
import { OrganizationName } from '../components/organization-name.ts';
import { icon } from '../components/icons.ts';
import { skeleton } from '../components/skeleton.ts';
import { toast } from '../components/toast.ts';
import { Resource } from '../controllers/resource.ts';
import { Page } from '../page.ts';
import { reloadSession } from '../session.ts';
import { ReadingSettings } from './settings/reading.ts';
import { RetentionSettings } from './settings/retention.ts';
import { ownersOnly } from './settings/settings-part.ts';
import { VisitorSettings } from './settings/visitors.ts';

export class SettingsPage extends Page {
  static readonly elements = {
    'settings-reading': ReadingSettings,
    'settings-retention': RetentionSettings,
    'settings-visitors': VisitorSettings,
    'ui-organization-name': OrganizationName,
  };
  override readonly heading = 'General';
  readonly #settings = new Resource(this, (signal) => readSettings(this.organizationId, signal));

  protected override render(): TemplateResult {
    const { value, failure } = this.#settings;
    return html`<div class="page">
      <header class="page-head">
        <div>
          <h1 tabindex="-1">General</h1>
          <p class="lead">What the organization is called, what visitors are told of it, and what is kept.</p>
        </div>
      </header>
      ${
        value
          ? this.#renderParts(value)
          : failure
            ? failureBlock(failure, () => void this.#settings.load())
            : skeleton('Loading the settings')
      }
    </div>`;
  }

  #renderParts(settings: OrganizationSettings): TemplateResult {
    const { organizationId, isOwner } = this;
    const saved = ({ detail }: CustomEvent<OrganizationSettings>): void => this.#settings.set(detail);
    return html`<div class="stack settings">
      ${isOwner ? '' : html`<p class="soft">${ownersOnly}</p>`}
      <section class="card" aria-labelledby="name-heading">
        <div class="card-head"><h2 id="name-heading">Name</h2></div>
        ${
          isOwner
            ? html`<ui-organization-name
                .organizationId=${organizationId}
                .name=${settings.name}
                @organization-named=${this.#renamed}
              ></ui-organization-name>`
            : html`<p class="break"><bdi>${settings.name}</bdi></p>`
        }
      </section>
      <settings-visitors
        .organizationId=${organizationId}
        .settings=${settings}
        .mayChange=${isOwner}
        @settings-saved=${saved}
      ></settings-visitors>
      <settings-retention
        .organizationId=${organizationId}
        .settings=${settings}
        .mayChange=${isOwner}
        @settings-saved=${saved}
      ></settings-retention>
      <settings-reading
        .organizationId=${organizationId}
        .settings=${settings}
        .mayChange=${isOwner}
        @settings-saved=${saved}
      ></settings-reading>
      ${isOwner ? this.#renderArchive() : ''}
    </div>`;
  }

  #renderArchive(): TemplateResult {
    return html`<section class="card stack" aria-labelledby="archive-heading">
      <div class="card-head"><h2 id="archive-heading">A copy of everything</h2></div>
      <p>
        Keys, agents, conversations, usage, members, webhooks and the audit log as one ZIP, without secrets. It has what
        visitors wrote.
      </p>
      <div>
        <a class="button" download href=${archivePath(this.organizationId)}>${icon('download')} Download everything</a>
      </div>
    </section>`;
  }

  readonly #renamed = async ({ detail: { name } }: CustomEvent<{ readonly name: string }>): Promise<void> => {
    const { value } = this.#settings;
    if (value) this.#settings.set({ ...value, name });
    await reloadSession().catch(() => undefined);
    toast({ message: `The organization is called “${name}” now.` });
  };
}
