/** `/api/org/{organizationId}/…/usage`, `/credits`: what the keys did, and what it cost. */
import { setImmediate } from 'node:timers/promises';
import type { IRouter, Response } from 'express';
import { grantInput, reserveInput } from '../../../credits/grant-input.ts';
import { grantCredits } from '../../../credits/grant.ts';
import { reserveCredits } from '../../../credits/reserve.ts';
import { toIsoTime } from '../../../gate/clock.ts';
import { domainsInForce } from '../../../gate/domains-in-force.ts';
import { isPattern, admits, parseDomainPattern } from '../../../gate/domain-pattern.ts';
import { isRefusal, refuse } from '../../../gate/problem.ts';
import { findKeys } from '../../../keys/find-keys.ts';
import { reserveOf } from '../../../records/organization.ts';
import type { KeyRecord } from '../../../records/key.ts';
import type { Page, PageRequest } from '../../../store/port.ts';
import {
  figuresByDay,
  figuresByOrigin,
  figuresOfEvidence,
  installationsOf,
  lastDates,
  type DayFigures,
} from '../../../usage/report.ts';
import { createJsonBody, isId, parseBody, parseDays, parseWith } from '../../body.ts';
import { beginCsv, toCsv } from '../../csv.ts';
import { memberOf } from '../../locals.ts';
import { answerJson } from '../../present.ts';
import { usageFileQuery, usageQuery } from '../../request-input.ts';
import { noSuchOrganization } from '../../require-member.ts';
import { waitForRoom } from '../../wait-for-room.ts';
import type { OrgRouteParts } from './keys.ts';
import type * as Wire from '../../wire.ts';

/** A key may have 60 KB. */
const keysPerPage = 25;
const noSuchKey = refuse('not_found', { detail: 'This organization has no such key.' });

export function addOrgUsageRoutes(routes: IRouter, { store, clock, requireMember, answers }: OrgRouteParts): void {
  const mayRead = requireMember('viewer', ['keys:manage', 'usage:read']);

  /** Each key's figures, read alone: 90 days of a key take up to 15 ms to read, and nothing else runs meanwhile. */
  async function* readFigures(
    organizationId: string,
    keys: readonly KeyRecord[],
    dates: readonly string[],
  ): AsyncGenerator<readonly [KeyRecord, readonly DayFigures[]], void, void> {
    for (const key of keys) {
      await setImmediate();
      const days = await store.listUsage(organizationId, [key.id], dates.at(0) ?? '', dates.at(-1) ?? '');
      yield [key, days.map(presentDay)];
    }
  }

  routes
    .route('/api/org/:organizationId/api-keys/:keyId/usage')
    .get(mayRead, async (request, response) => {
      const days = parseDays(request);
      if (isRefusal(days)) return answers.answer(response, days);
      const { organizationId } = memberOf(response);
      const { keyId } = request.params;
      const key = isId(keyId, 'key') ? await store.findKey(organizationId, keyId) : undefined;
      if (key === undefined) return answers.answer(response, noSuchKey);
      const dates = lastDates(days.value, clock());
      const usage = await store.listUsage(organizationId, [key.id], dates.at(0) ?? '', dates.at(-1) ?? '');
      const patterns = domainsInForce(key, clock()).map(parseDomainPattern).filter(isPattern);
      answerJson<Wire.KeyUsage>(response, {
        days: figuresByDay(dates, usage),
        origins: figuresByOrigin(usage).map(({ origin, accepted, refused, lastSeenAt }) => ({
          origin,
          accepted,
          refused,
          lastSeenAt: toIsoTime(lastSeenAt),
          allowed: admits(patterns, origin),
        })),
        installations: installationsOf(usage).map((one) => ({ ...one, lastSeenAt: toIsoTime(one.lastSeenAt) })),
        evidence: figuresOfEvidence(dates, usage),
      });
    })
    .all(answers.methodNotAllowed('GET'));

  routes
    .route('/api/org/:organizationId/usage')
    .get(mayRead, async (request, response) => {
      const asked = parseWith(usageQuery, request.query);
      if (isRefusal(asked)) return answers.answer(response, asked);
      const { organizationId } = memberOf(response);
      const dates = lastDates(asked.value.days, clock());
      const { items, nextCursor } = await findKeys({ store, clock }, organizationId, asked.value, asked.value);
      const data: Wire.KeyUsageLine[] = [];
      for await (const [{ id, name }, days] of readFigures(organizationId, items, dates))
        data.push({ keyId: id, name, days: figuresByDay(dates, days) });
      answerJson<Wire.UsagePage>(response, { data, nextCursor });
    })
    .all(answers.methodNotAllowed('GET'));

  routes
    .route('/api/org/:organizationId/usage.csv')
    .get(mayRead, async (request, response) => {
      const asked = parseWith(usageFileQuery, request.query);
      if (isRefusal(asked)) return answers.answer(response, asked);
      const { organizationId } = memberOf(response);
      const { days, key: keyId } = asked.value;
      const key = isId(keyId, 'key') ? await store.findKey(organizationId, keyId) : undefined;
      if (keyId !== undefined && key === undefined) return answers.answer(response, noSuchKey);
      const dates = lastDates(days, clock());
      const pages = key === undefined ? readPages((page) => store.listKeys(organizationId, page)) : [[key]];
      const begin = (): void => {
        if (!response.headersSent)
          beginCsv(response, `postern-usage-${dates.at(0) ?? ''}-${dates.at(-1) ?? ''}.csv`, csvColumns);
      };
      for await (const keys of pages) {
        for await (const [of, days] of readFigures(organizationId, keys, dates)) {
          begin();
          const isRoomLeft = response.write(toCsv(toRows(of, days)));
          if (!isRoomLeft) await waitForRoom(response);
          if (response.destroyed) return;
        }
      }
      begin();
      response.end();
    })
    .all(answers.methodNotAllowed('GET'));

  routes
    .route('/api/org/:organizationId/credits')
    .get(mayRead, async (_request, response) => {
      await answerCredits(response);
    })
    .patch(requireMember('owner'), createJsonBody(), async (request, response) => {
      const input = parseBody(reserveInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { organizationId, actor } = memberOf(response);
      const refusal = await reserveCredits({ store, clock, actor }, organizationId, input.value.reservedCredits);
      if (refusal !== undefined) return answers.answer(response, refusal);
      await answerCredits(response);
    })
    .post(requireMember('owner'), createJsonBody(), async (request, response) => {
      const input = parseBody(grantInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { organizationId, actor } = memberOf(response);
      const granted = await grantCredits({ store, clock, actor }, organizationId, input.value.grant);
      if (isRefusal(granted)) return answers.answer(response, granted);
      await answerCredits(response);
    })
    .all(answers.methodNotAllowed('GET', 'POST', 'PATCH'));

  async function answerCredits(response: Response): Promise<void> {
    const { organizationId } = memberOf(response);
    const [organization, credits] = await Promise.all([
      store.findOrganization(organizationId),
      store.findCredits(organizationId),
    ]);
    if (organization === undefined || credits === undefined) return answers.answer(response, noSuchOrganization);
    const { granted, spent } = credits;
    const { reservedCredits } = organization;
    const reserved = reserveOf(reservedCredits, granted);
    answerJson<Wire.OrganizationCredits>(response, { granted, spent, reserved, reservedCredits });
  }
}

function presentDay({ date, accepted, refused }: DayFigures) {
  return { date, accepted, refused };
}

async function* readPages(
  read: (page: PageRequest) => Promise<Page<KeyRecord>>,
): AsyncGenerator<readonly KeyRecord[], void, void> {
  for (let cursor: string | undefined; ;) {
    const { items, nextCursor } = await read({ limit: keysPerPage, cursor });
    yield items;
    if (nextCursor === null) return;
    cursor = nextCursor;
  }
}

const csvColumns = ['date', 'key_id', 'key_name', 'outcome', 'requests'];

/** One row for each day and outcome; a day without requests has none. */
function toRows({ id, name }: KeyRecord, figures: readonly DayFigures[]): readonly (readonly (string | number)[])[] {
  return figures.flatMap(({ date, accepted, refused }) =>
    [['accepted', accepted] as const, ...Object.entries(refused)]
      .filter(([, requests]) => requests > 0)
      .map(([outcome, requests]) => [date, id, name, outcome, requests]),
  );
}
