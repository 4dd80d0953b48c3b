/**
 * `DEMO_UPSTREAM`: the model that the demo answers with too, `URL#MODEL`, or `NAME/MODEL` of an upstream that is listed. No problem
 * repeats what was written.
 */
import { findUpstream, type Upstream } from './agents/upstream.ts';
import type { No } from './gate/problem.ts';
import { upstreamEntry } from './upstream-entry.ts';

/** What agents name the model by. */
export interface DemoModel {
  readonly upstream: string;
  readonly name: string;
}

const ownName = 'demo';
const variable = 'DEMO_UPSTREAM';

const notModel = `${variable} must be URL#MODEL such as http://localhost:11434/v1#llama3.2, or NAME/MODEL with a name of AGENT_UPSTREAMS`;

/** `listed`: what the operator lists. `upstreams` is that with the demo's own, where there is one. */
export function readDemoUpstream(
  text: string,
  listed: readonly Upstream[],
): { readonly model: DemoModel; readonly upstreams: readonly Upstream[] } | (No & { readonly problem: string }) {
  return text.includes('://') ? readAddress(text, listed) : readListed(text, listed);
}

function readAddress(text: string, listed: readonly Upstream[]): ReturnType<typeof readDemoUpstream> {
  const at = text.indexOf('#');
  const [baseUrl, name] = at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  if (name === '') {
    return wrong(`${notModel}. Nothing follows the URL: in a file .env write it in quotes, or "#" begins a comment`);
  }
  if (listed.some((upstream) => upstream.name === ownName)) {
    return wrong(
      `${variable}: AGENT_UPSTREAMS has an upstream called ${ownName} already. Name a model of it: ${ownName}/MODEL`,
    );
  }
  const entry = upstreamEntry.safeParse({ name: ownName, baseUrl, models: [name] });
  if (!entry.success) {
    const [issue] = entry.error.issues;
    const part = issue?.path[0] === 'models' ? 'model' : 'URL';
    return wrong(`${notModel}. Its ${part} ${issue?.message ?? 'is wrong'}`);
  }
  const { baseUrl: address, models } = entry.data;
  const upstream = { name: ownName, baseUrl: address, apiKey: undefined, models };
  return { model: { upstream: ownName, name }, upstreams: [...listed, upstream] };
}

function readListed(text: string, listed: readonly Upstream[]): ReturnType<typeof readDemoUpstream> {
  const at = text.indexOf('/');
  const [upstream, name] = at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  if (upstream === '' || name === '') return wrong(notModel);
  if (findUpstream(listed, upstream, name) !== undefined) return { model: { upstream, name }, upstreams: listed };
  return wrong(`${notModel}. AGENT_UPSTREAMS has no such upstream, or not with that model`);
}

function wrong(problem: string): No & { readonly problem: string } {
  return { ok: false, problem: `${problem}.` };
}
