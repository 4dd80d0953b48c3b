/** Before and after, field by field. Values are what somebody once typed: they are drawn as text, whatever they look like. */
import { html, nothing, type TemplateResult } from 'lit';
import type { AuditFacts, Budget } from '../../../server/http/wire.ts';
import { budgetWords, periodWords } from '../../components/budget-words.ts';
import { count } from '../../components/number-words.ts';
import { exactTime } from '../../components/time-words.ts';
import { notedWords } from './domain-words.ts';

const fieldWords: Readonly<Record<string, string>> = {
  allowedDomains: 'Allowed domains',
  answers: 'Number of answers',
  allowCallerInstructions: 'Servers may add instructions',
  answersOnlyFromKnowledge: 'Answers only from its questions',
  creditsPer1000Tokens: 'Credits for 1,000 tokens',
  instructionsDigest: 'Version of the instructions',
  auditReading: 'Writes down who reads conversations',
  budget: 'Budget of browsers',
  contactEmail: 'E-mail address for visitors',
  contactPhone: 'Telephone number for visitors',
  contactText: 'Words for visitors',
  contactUrl: 'Page for visitors',
  creditsPerMessage: 'Credits for a message',
  domains: 'Labels and ends of domains',
  disclosure: 'Says that no human answers',
  disclosureText: 'In these words',
  expiresAt: 'Expires',
  knowledgeId: 'Version of the answers',
  synonyms: 'Words that mean the same',
  kind: 'Answers by',
  learningUntil: 'Learning until',
  leaveMessage: 'Visitors may leave a message',
  outputTokensMax: 'Most tokens of an answer',
  privacyUrl: 'Privacy notice',
  previousSecretExpiresAt: 'Previous secret works until',
  public: 'Public',
  rateLimit: 'Rate limit',
  refuseSecretInBrowser: 'Refuse secrets from browsers',
  reservedCredits: 'Kept back for servers',
  secretHint: 'Secret ends in',
  visitorBudget: 'Budget of a visitor',
};

/** A change has both; what was made has only an after, and what was deleted only a before. */
export function factList(before: AuditFacts | null, after: AuditFacts | null): TemplateResult {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const isChange = before !== null && after !== null;
  const label = (words: string): TemplateResult | typeof nothing =>
    isChange ? html`<span class="fact-label">${words}</span>` : nothing;
  return html`<dl class=${`facts ${isChange ? 'compared' : ''}`}>
    ${names.map(
      (name) =>
        html`<div class="fact">
          <dt>${nameOf(name)}</dt>
          ${before ? html`<dd class="before">${label('Before')} ${valueOf(before[name])}</dd>` : nothing}
          ${after ? html`<dd class="after">${label('After')} ${valueOf(after[name])}</dd>` : nothing}
        </div>`,
    )}
  </dl>`;
}

/** `lastUsedOrigin` → `Last used origin` for what has no better word. */
export function nameOf(name: string): string {
  if (Object.hasOwn(fieldWords, name)) return fieldWords[name] ?? name;
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function valueOf(value: unknown): TemplateResult {
  const text = toText(value);
  return text === '' ? html`<span class="soft">none</span>` : html`<span class="fact-value">${text}</span>`;
}

/** A list has a line for each of its items; anything deeper is JSON. */
export function toText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return count(value);
  if (typeof value === 'string') return isTime(value) ? exactTime(value) : value;
  if (isBudget(value)) return budgetWords(value);
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.map(toText).join('\n');
  if (Array.isArray(value)) return value.map((item: unknown) => notedWords(item) ?? JSON.stringify(item)).join('\n');
  return JSON.stringify(value, undefined, 1);
}

function isBudget(value: unknown): value is Budget {
  const { credits, per } = value as { readonly credits?: unknown; readonly per?: unknown };
  return typeof credits === 'number' && typeof per === 'string' && per in periodWords;
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text);
}
