import { AddSite } from './add-site.ts';
import { Panel } from './panel.ts';
import { DomainEditor } from './domain-editor.ts';
import { SecretCalls } from './secret-calls.ts';
import { StolenKey } from './stolen-key.ts';

customElements.define('demo-add-site', AddSite);
customElements.define('demo-domain-editor', DomainEditor);
customElements.define('demo-secret-calls', SecretCalls);
customElements.define('demo-stolen-key', StolenKey);
customElements.define('postern-demo', Panel);
