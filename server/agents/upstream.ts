/** A server with the OpenAI chat-completions interface, as the operator lists it. No member chooses an address. */
export interface Upstream {
  /** What an agent names it by. */
  readonly name: string;
  /** Ends without a slash; `/chat/completions` comes after it. */
  readonly baseUrl: string;
  /** Undefined: it asks for none. In memory only. */
  readonly apiKey: string | undefined;
  /** The models that an agent may name; an empty list: any. */
  readonly models: readonly string[];
}

/** The upstream, when it is there and an agent may name this model of it. */
export function findUpstream(upstreams: readonly Upstream[], name: string, model: string): Upstream | undefined {
  const found = upstreams.find((upstream) => upstream.name === name);
  return found !== undefined && (found.models.length === 0 || found.models.includes(model)) ? found : undefined;
}
