import { html, nothing, type TemplateResult } from 'lit';
import type { Key } from '../../server/http/wire.ts';
import { badge, type BadgeTone } from './badge.ts';
import { almostShare } from '../../server/records/budget.ts';
import { budgetState } from './budget-state.ts';
import { budgetWords } from './budget-words.ts';
import { count } from './number-words.ts';
import { exactDay, exactTime, relativeTime } from './time-words.ts';
import { dayMs } from '../../server/gate/clock.ts';

const statusTones: Readonly<Record<Key['status'], BadgeTone>> = {
  enabled: 'good',
  disabled: 'neutral',
  expired: 'bad',
};

/** Enabled, disabled or expired. */
export function statusBadge({ status, expiresAt }: Key): TemplateResult {
  const words = { enabled: 'Enabled', disabled: 'Disabled', expired: 'Expired' }[status];
  return badge(statusTones[status], words, status === 'expired' && expiresAt ? exactTime(expiresAt) : undefined);
}

/** What an owner should know about a key at a glance: the most urgent first. */
export function keyBadges(key: Key, nowMs: number): TemplateResult | typeof nothing {
  const badges = [
    secretInBrowserBadge(key),
    budgetBadge(key, nowMs),
    expiryBadge(key, nowMs),
    learningBadge(key, nowMs),
    previousSecretBadge(key, nowMs),
    key.allowedDomains.length === 0
      ? badge('neutral', 'Only with its secret', 'No allowed domains: no page may use this key.')
      : undefined,
  ].filter((one) => one !== undefined);
  return badges.length === 0 ? nothing : html`<span class="badges">${badges}</span>`;
}

/** Warns 30 days, 7 days and one day before a key expires. */
export function expiryBadge({ expiresAt, status }: Key, nowMs: number): TemplateResult | undefined {
  if (expiresAt === null || status === 'expired') return undefined;
  const leftMs = Date.parse(expiresAt) - nowMs;
  if (leftMs > 30 * dayMs) return undefined;
  if (leftMs <= 0) return badge('bad', 'Expired', exactTime(expiresAt));
  const tone = leftMs <= dayMs ? 'bad' : leftMs <= 7 * dayMs ? 'warning' : 'neutral';
  return badge(tone, `Expires ${relativeTime(expiresAt, nowMs)}`, exactTime(expiresAt));
}

/** From 80 % of what browsers may spend on. */
function budgetBadge(key: Key, nowMs: number): TemplateResult | undefined {
  const { budget } = key;
  const state = budgetState(key, nowMs);
  if (!budget || !state || key.status !== 'enabled' || state.share < almostShare) return undefined;
  const { spent, share, until } = state;
  const title = `Browsers spent ${count(spent)} of ${budgetWords(budget)}, until ${exactTime(until)}.`;
  return share < 1
    ? badge('warning', `Budget ${Math.floor(100 * share)} % spent`, title)
    : badge('bad', `Budget used up: pages are refused`, title);
}

function learningBadge({ learningUntil }: Key, nowMs: number): TemplateResult | undefined {
  if (learningUntil === null || Date.parse(learningUntil) <= nowMs) return undefined;
  const title = `Learning mode: every origin is let in and listed until ${exactTime(learningUntil)}.`;
  return badge('warning', `Learning until ${exactDay(learningUntil)}`, title);
}

function previousSecretBadge({ previousSecret }: Key, nowMs: number): TemplateResult | undefined {
  if (previousSecret === null || Date.parse(previousSecret.expiresAt) <= nowMs) return undefined;
  const title = `The previous secret works until ${exactTime(previousSecret.expiresAt)}.`;
  return previousSecret.lastUsedAt === null
    ? badge('accent', 'Rotating: old secret not used since', title)
    : badge('warning', `Rotating: old secret used ${relativeTime(previousSecret.lastUsedAt, nowMs)}`, title);
}

function secretInBrowserBadge({ secretSeenInBrowser }: Key): TemplateResult | undefined {
  if (secretSeenInBrowser === null) return undefined;
  const place = secretSeenInBrowser.origin ?? 'a web page';
  return badge(
    'bad',
    'Secret seen in a browser: rotate it',
    `Its secret was sent from ${place}, ${exactTime(secretSeenInBrowser.at)}.`,
  );
}
