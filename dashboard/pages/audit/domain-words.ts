/** What became of a key's domains, as the audit log has it. Facts are what somebody once typed: drawn as text. */
import { html, type TemplateResult } from 'lit';
import type { AuditFacts } from '../../../server/http/wire.ts';
import { exactDay } from '../../components/time-words.ts';

/** Of one domain. */
interface Noted {
  readonly pattern: string;
  readonly label?: unknown;
  readonly expiresAt?: unknown;
}

const shownMax = 3;

export function isAboutDomains(after: AuditFacts | null): boolean {
  const fields = Object.keys(after ?? {});
  return fields.length > 0 && fields.every((field) => field === 'allowedDomains' || field === 'domains');
}

/** "added *.x.com (PR 12, until Jun 3, 2027) to", "removed a.example from", "added … and removed … of". */
export function domainChangeWords(before: AuditFacts | null, after: AuditFacts | null): TemplateResult {
  const [was, is] = [listOf(before?.allowedDomains), listOf(after?.allowedDomains)];
  const notes = notesOf(after?.domains);
  const added = is.filter((pattern) => !was.includes(pattern)).map((pattern) => withNotes(pattern, notes));
  const removed = was.filter((pattern) => !is.includes(pattern));
  if (added.length > 0 && removed.length > 0) {
    return html`added <b>${listed(added)}</b> to and removed <b>${listed(removed)}</b> from the domains of the key`;
  }
  if (added.length > 0) return html`added <b>${listed(added)}</b> to the domains of the key`;
  if (removed.length > 0) return html`removed <b>${listed(removed)}</b> from the domains of the key`;
  return html`changed the allowed domains of the key`;
}

/** `*.x.com (PR 12, until Jun 3, 2027)`; undefined: it is no such thing. */
export function notedWords(value: unknown): string | undefined {
  const [noted] = notesOf([value]);
  return noted && withNotes(noted.pattern, [noted]);
}

function withNotes(pattern: string, notes: readonly Noted[]): string {
  const { label, expiresAt } = notes.find((noted) => noted.pattern === pattern) ?? {};
  const words = [
    ...(typeof label === 'string' ? [label] : []),
    ...(typeof expiresAt === 'string' && !Number.isNaN(Date.parse(expiresAt)) ? [`until ${exactDay(expiresAt)}`] : []),
  ];
  return words.length === 0 ? pattern : `${pattern} (${words.join(', ')})`;
}

function listed(texts: readonly string[]): string {
  const more = texts.length - shownMax;
  return more <= 0 ? texts.join(', ') : `${texts.slice(0, shownMax).join(', ')} and ${more} more`;
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function notesOf(value: unknown): readonly Noted[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is Noted => typeof (item as Partial<Noted> | null)?.pattern === 'string');
}
