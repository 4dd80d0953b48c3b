/** What every command is made of: its shape, and how it reads what a person typed. */
import type { ParseArgsConfig } from 'node:util';
import type { z } from 'zod';
import { isRefusal, problems, type Refusal } from '../core/problem.ts';
import type { KeyManager } from '../keys/manage.ts';
import type { RecordKind } from '../core/record-kinds.ts';
import type { CopyableStore, Store } from '../store/port.ts';

/** Wrong usage: exit 2. */
export class UsageError extends Error {}

/** A command that the server's rules refuse: exit 1. */
export class RefusedError extends Error {}

export type Options = NonNullable<ParseArgsConfig['options']>;
export type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

export interface Tools {
  readonly store: Store;
  readonly keys: KeyManager;
  /** The origin that browsers use, for links. */
  readonly publicOrigin: string;
  readonly values: Values;
  readonly positionals: readonly string[];
  /** One line on stderr that is no refusal. */
  readonly warn: (line: string) => void;
}

/** What a command did: for programs, and for people. */
export interface Outcome {
  readonly json: object;
  readonly text: string;
}

export interface Command {
  readonly options: Options;
  readonly positionals: readonly string[];
  /** It may make the database. Others refuse where there is none: then it is the wrong folder. */
  readonly isFirst?: true;
  run(tools: Tools): Promise<Outcome>;
}

/** What a command on whole stores gets: it opens them by itself, or none. */
export interface StoreTools extends Pick<Tools, 'values' | 'positionals' | 'warn'> {
  /** The database of `DATABASE_URL`, unless it is on MongoDB. */
  readonly embedded:
    | {
        readonly path: string;
        readonly isThere: boolean;
        /** Copies it into an empty folder; resolves to how many records the copy has. */
        readonly copyInto: (folder: string) => Promise<Readonly<Record<RecordKind, number>>>;
      }
    | undefined;
  /** The store of a URL that an option gave. A refusal names the option and not the URL, which may have a password in it. */
  readonly openStore: (
    option: string,
    url: string,
    options: { readonly mustBeThere: boolean },
  ) => Promise<CopyableStore>;
}

export interface StoreCommand extends Pick<Command, 'options' | 'positionals'> {
  run(tools: StoreTools): Promise<Outcome>;
}

export const text = { type: 'string' } as const;
export const list = { type: 'string', multiple: true } as const;
export const flag = { type: 'boolean' } as const;

export function required(values: Values, name: string): string {
  const value = values[name];
  if (typeof value !== 'string' || value === '') throw new UsageError(`--${name} is missing.`);
  return value;
}

export function wholeNumber(values: Values, name: string): number | undefined {
  const value = values[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^\d{1,12}$/.test(value)) throw new UsageError(`--${name} needs a whole number.`);
  return Number(value);
}

export function allowed<Result extends object>(result: Result): Exclude<Result, Refusal> {
  if (isRefusal(result)) throw refusedBy(result);
  return result as Exclude<Result, Refusal>;
}

export function refusedBy(refusal: Refusal): RefusedError {
  const details = refusal.problems?.map(({ path, message }) => `${path}: ${message}`) ?? [];
  return new RefusedError(
    [refusal.detail ?? problems[refusal.code].title, ...details, refusal.fix].filter(Boolean).join('\n'),
  );
}

export function check<Output>(schema: z.ZodType<Output>, input: Readonly<Record<string, unknown>>): Output {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new RefusedError(result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
}
