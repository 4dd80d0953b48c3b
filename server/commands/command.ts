/** What every command is made of: its shape, from which parser, help and docs are made, and how it reads what was typed. */
import type { z } from 'zod';
import type { Upstream } from '../agents/upstream.ts';
import type { RecordKind } from '../records/record-kinds.ts';
import { isRefusal, problems, type FieldProblem, type ProblemCode, type Refusal } from '../gate/problem.ts';
import type { MailPost } from '../network/mail.ts';
import type { KeyManager } from '../keys/manage.ts';
import type { CopyableStore, Store } from '../store/port.ts';
import type { WebhookParts } from '../webhooks/manage.ts';

/** Wrong usage: exit 2. */
export class UsageError extends Error {}

/** A command that the server's rules refuse: exit 1. */
export class RefusedError extends Error {
  readonly code: ProblemCode | 'refused';
  readonly fix: string | undefined;
  /** What is wrong with which field; a command's option stands for it. */
  readonly problems: readonly FieldProblem[];

  constructor(
    message: string,
    more: {
      readonly code?: ProblemCode;
      readonly fix?: string | undefined;
      readonly problems?: readonly FieldProblem[] | undefined;
    } = {},
  ) {
    super(message);
    this.code = more.code ?? 'refused';
    this.fix = more.fix;
    this.problems = more.problems ?? [];
  }
}

export interface Option {
  /** What follows it, as the help names it: `NAME`. Without: a switch. */
  readonly takes?: string;
  readonly about: string;
  readonly isRequired?: true;
  /** It may be given several times. */
  readonly isList?: true;
  /** The field that it gives, when that has another name. */
  readonly field?: string;
}

type Value = string | boolean | readonly string[] | undefined;
export type Values = Readonly<Record<string, Value>>;

export interface Shape {
  /** As it is typed: `keys create`. */
  readonly name: string;
  readonly about: string;
  /** By their names in camel case: `rateLimit` is `--rate-limit`. */
  readonly options?: Readonly<Record<string, Option>>;
  /** The words that must follow: `KEYID`, and what it is. */
  readonly words?: Readonly<Record<string, string>>;
}

export interface Tools {
  readonly store: Store & Pick<CopyableStore, 'exportRecords'>;
  readonly keys: KeyManager;
  /** The origin that browsers use, for links. */
  readonly publicOrigin: string;
  /** What `AGENT_UPSTREAMS` lists, without keys. Throws when its file is wrong. */
  readonly readUpstreams: () => readonly Upstream[];
  /** As the running server has them. Throws where the session secret isn't known, which the secrets of webhooks are made from. */
  readonly readWebhookRules: () => Pick<WebhookParts, 'secrets' | 'isHttpsOnly' | 'isPrivateAllowed' | 'isMailOn'>;
  /** Hands mail over to the server's SMTP server; undefined: `SMTP_URL` is not set. Throws when what is set is wrong. */
  readonly readMail: () => MailPost | undefined;
  readonly values: Values;
  readonly words: readonly string[];
  /** One line on stderr that is no refusal. */
  readonly warn: (line: string) => void;
}

/** What a command did: for programs, and for people. */
export interface Outcome {
  readonly json: object;
  readonly text: string;
  /** It was done, and its answer is no: exit 1. */
  readonly isNo?: boolean;
}

/** On the records of one store. */
export interface Command extends Shape {
  readonly kind: 'records';
  /** It may make the database. Others refuse where there is none: then it is the wrong folder. */
  readonly isFirst?: true;
  run(tools: Tools): Promise<Outcome>;
}

/** What a command on whole stores gets: it opens them by itself, or none. */
export interface StoreTools extends Pick<Tools, 'values' | 'words' | 'warn'> {
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

export interface StoreCommand extends Shape {
  readonly kind: 'stores';
  run(tools: StoreTools): Promise<Outcome>;
}

/** On a page of the web; it opens no store. */
export interface PageCommand extends Shape {
  readonly kind: 'page';
  run(tools: PageTools): Promise<Outcome>;
}

interface PageTools extends Pick<Tools, 'values' | 'words'> {
  /** Of a browser on this machine; undefined: there is none. */
  readonly browserPath: string | undefined;
}

/** The server itself: it prints what it has to say. */
interface ServerCommand extends Shape {
  readonly kind: 'server';
}

export type AnyCommand = Command | StoreCommand | PageCommand | ServerCommand;

/** An option that the parser has seen to be there. */
export function given(values: Values, name: string): string {
  const value = textOf(values, name);
  if (value === undefined || value === '') throw new UsageError(`${flagOf(name)} is empty.`);
  return value;
}

export function textOf(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function listOf(values: Values, name: string): readonly string[] | undefined {
  const value = values[name];
  return typeof value === 'object' ? value : undefined;
}

export function wholeNumber(values: Values, name: string): number | undefined {
  const text = textOf(values, name);
  return text === undefined ? undefined : parseWholeNumber(text, flagOf(name));
}

/** `what`: how a refusal names it. */
export function parseWholeNumber(text: string, what: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new UsageError(`${what} must be a whole number, such as 100.`);
  return Number(text);
}

/** `on` or `off`. */
export function readSwitch(values: Values, name: string): boolean | undefined {
  const text = textOf(values, name);
  if (text === undefined) return undefined;
  if (text !== 'on' && text !== 'off') throw new UsageError(`${flagOf(name)} must be on or off.`);
  return text === 'on';
}

/** `rateLimit` → `--rate-limit` */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function allowed<Result extends object>(result: Result): Exclude<Result, Refusal> {
  if (isRefusal<object | Refusal>(result)) throw refusedBy(result);
  return result as Exclude<Result, Refusal>;
}

export function refusedBy({ code, detail, fix, problems: fields }: Refusal): RefusedError {
  return new RefusedError(detail ?? problems[code].title, { code, fix, problems: fields });
}

export function check<Output>(schema: z.ZodType<Output>, input: Readonly<Record<string, unknown>>): Output {
  const present = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  const fields = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new RefusedError('', { code: 'request_invalid', problems: fields });
}
