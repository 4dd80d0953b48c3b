import { property } from 'lit/decorators.js';
import type { Role, Session } from '../server/http/wire.ts';
import { LightElement } from '../ui/light-element.ts';

/**
 * A page of the dashboard. It always draws one `<h1 tabindex="-1">`, also while it loads: the focus goes there when
 * somebody navigates. Its properties are set before it is connected; another path makes another element.
 */
export abstract class Page extends LightElement {
  /** Undefined only on pages that need nobody to be signed in. */
  @property({ attribute: false }) session: Session | undefined;
  /** Empty outside `/org/…`. */
  @property({ attribute: false }) organizationId = '';
  /** The person's role in that organization; `viewer` outside of one. */
  @property({ attribute: false }) override role: Role = 'viewer';
  /** The named parts of the path. */
  @property({ attribute: false }) params: Readonly<Record<string, string>> = {};
  /** What stands behind the `?`. */
  @property({ attribute: false }) query: URLSearchParams = new URLSearchParams();

  /** What the page is called in the browser's tab. */
  abstract get heading(): string;

  constructor() {
    super();
    this.addController({ hostUpdated: () => (document.title = `${this.heading} · Postern`) });
  }

  /** Viewers read; members and owners change. */
  protected get mayChange(): boolean {
    return this.role !== 'viewer';
  }

  protected get isOwner(): boolean {
    return this.role === 'owner';
  }
}
