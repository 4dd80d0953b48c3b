/** One row of the table of operations: what a call of the API takes, who may make it, and what it can be answered. */
import type { z } from 'zod';
import type { ProblemCode } from '../../gate/problem.ts';
import type { BuiltInScope } from '../../gate/scope.ts';
import type { Role } from '../../records/membership.ts';
import type { HeaderName } from './headers.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'options' | 'head';

/** Who may call: nobody in particular, who has a key or a pair, a member, who is signed in, a page of the server itself, or a proxy. */
export type Caller =
  | { readonly kind: 'anyone' }
  /** Without a scope: whatever the key has. */
  | { readonly kind: 'key'; readonly scope?: BuiltInScope; readonly isPairOnly?: true }
  | { readonly kind: 'member'; readonly role: Role; readonly scopes?: readonly BuiltInScope[] }
  | { readonly kind: 'session' }
  | { readonly kind: 'ownPage' }
  | { readonly kind: 'proxy' }
  | { readonly kind: 'monitor' };

export interface Answer {
  readonly description: string;
  /** A type of `wire.ts`, sent as JSON. */
  readonly type?: string;
  /** What the `data:` lines of a stream carry whose events have no names: types of `wire.ts`. `[DONE]` ends it. */
  readonly lines?: readonly string[];
  /** The events of a stream, by name, and the types of `wire.ts` that they carry. */
  readonly events?: Readonly<Record<string, string>>;
  /** Content that is a text, by its media type, with what it is. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly headers?: readonly HeaderName[];
}

export interface Operation {
  readonly method: Method | 'any';
  readonly path: string;
  /** In camelCase; what a generated client calls it. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly caller: Caller;
  readonly query?: z.ZodObject;
  /** Headers that are read, with what they say. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly body?: z.ZodType;
  /** It may be left out whole. */
  readonly isBodyOptional?: true;
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beside those that come with the caller, the body and the query. */
  readonly refusals?: readonly ProblemCode[];
  /** They come with a refusal too. */
  readonly refusedHeaders?: readonly HeaderName[];
  /** A type of `wire.ts`: what a `conflict` says more. */
  readonly conflict?: string;
}
