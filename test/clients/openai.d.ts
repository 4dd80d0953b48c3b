/** What the tests use of a package that is installed in this folder alone, and only for them. */
declare module 'openai' {
  export default class OpenAI {
    constructor(options: {
      readonly baseURL: string;
      readonly apiKey: string;
      readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
    });
    readonly chat: { readonly completions: { create(body: object, options: object): Promise<unknown> } };
  }
}
