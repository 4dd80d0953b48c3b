import { AddSite } from './add-site.ts';
import { Panel } from './panel.ts';
import { DomainEditor } from './domain-editor.ts';
import { SecretCalls } from './secret-calls.ts';

customElements.define('demo-add-site', AddSite);
customElements.define('demo-domain-editor', DomainEditor);
customElements.define('demo-secret-calls', SecretCalls);
customElements.define('postern-demo', Panel);
