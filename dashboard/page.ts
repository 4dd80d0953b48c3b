import type { PropertyDeclarations } from 'lit';
import type { Role, Session } from '../server/http/wire.ts';
import { LightElement } from './components/light-element.ts';

/**
 * A page of the dashboard. It always draws one `<h1 tabindex="-1">`, also while it loads: the focus goes there when
 * somebody navigates. Its properties are set before it is connected; another path makes another element.
 */
export abstract class Page extends LightElement {
  static override readonly properties: PropertyDeclarations = {
    session: { attribute: false },
    organizationId: { attribute: false },
    role: { attribute: false },
    params: { attribute: false },
    query: { attribute: false },
  };

  /** Undefined only on pages that need nobody to be signed in. */
  declare session: Session | undefined;
  /** Empty outside `/org/…`. */
  declare organizationId: string;
  /** The person's role in that organization; `viewer` outside of one. */
  declare role: Role;
  /** The named parts of the path. */
  declare params: Readonly<Record<string, string>>;
  /** What stands behind the `?`. */
  declare query: URLSearchParams;

  /** What the page is called in the browser's tab. */
  abstract get heading(): string;

  constructor() {
    super();
    this.organizationId = '';
    this.role = 'viewer';
    this.params = {};
    this.query = new URLSearchParams();
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
