/** `/api/org/{organizationId}/api-keys`: an organization's keys. */
import { setImmediate } from 'node:timers/promises';
import type { IRouter, Response } from 'express';
import { readSpent } from '../../../credits/spent.ts';
import type { Clock } from '../../../gate/clock.ts';
import { adviseOn } from '../../../gate/domain-advice.ts';
import { isPattern, parseDomainPattern } from '../../../gate/domain-pattern.ts';
import { withoutKeys } from '../../../gate/key-format.ts';
import { isRefusal } from '../../../gate/problem.ts';
import { findKeys } from '../../../keys/find-keys.ts';
import { keyInput, keyPatch, rotateInput } from '../../../keys/key-input.ts';
import type { KeyWriteLimiter } from '../../../keys/key-write-limiter.ts';
import { createKeyManager, type KeyManager, type KeyWithSecret } from '../../../keys/manage.ts';
import type { ReplayedOrigin } from '../../../keys/replay.ts';
import { inOrder, tagsListedMax } from '../../../keys/tags.ts';
import type { KeyRecord } from '../../../records/key.ts';
import type { Secrets } from '../../../gate/secret.ts';
import type { Store } from '../../../store/port.ts';
import { createJsonBody, isId, parseBody, parseWith } from '../../body.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { memberOf } from '../../locals.ts';
import { answerJson, presentKey } from '../../present.ts';
import { domainsInput, keysQuery } from '../../request-input.ts';
import type { RequireMember } from '../../require-member.ts';
import type * as Wire from '../../wire.ts';

/** A key may have 60 KB, and nothing else runs meanwhile. */
const keysPresentedAtOnce = 10;

export interface OrgRouteParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly keyWrites: KeyWriteLimiter;
  readonly requireMember: RequireMember;
  readonly answers: ProblemAnswers;
}

export function addOrgKeyRoutes(routes: IRouter, parts: OrgRouteParts): void {
  const { store, clock, secrets, keyWrites, requireMember, answers } = parts;
  const body = createJsonBody();
  const all = '/api/org/:organizationId/api-keys';
  const one = `${all}/:keyId`;

  /** The keys as this caller changes them, and the one that the path names (a name that no key has, otherwise). */
  function open(response: Response, keyId: unknown = ''): { keys: KeyManager; organizationId: string; keyId: string } {
    const { organizationId, actor } = memberOf(response);
    const id = typeof keyId === 'string' && isId(keyId, 'key') ? keyId : '';
    return { keys: createKeyManager({ store, clock, secrets, actor }), organizationId, keyId: id };
  }

  async function present(organizationId: string, found: readonly KeyRecord[]): Promise<Wire.Key[]> {
    const nowMs = clock();
    const spent = await readSpent(store, organizationId, found, nowMs);
    const presented: Wire.Key[] = [];
    for (const key of found) {
      if (presented.length % keysPresentedAtOnce === 0) await setImmediate();
      presented.push(presentKey(key, nowMs, spent.get(key.id) ?? 0));
    }
    return presented;
  }

  async function presentOne(key: KeyRecord): Promise<Wire.Key> {
    const [presented] = await present(key.organizationId, [key]);
    if (presented === undefined) throw new Error('One key makes one answer.');
    return presented;
  }

  async function presentWithSecret({ key, secretKey }: KeyWithSecret): Promise<Wire.RotatedKey> {
    return { key: await presentOne(key), secretKey };
  }

  routes
    .route(all)
    .get(requireMember('viewer'), async (request, response) => {
      const asked = parseWith(keysQuery, request.query);
      if (isRefusal(asked)) return answers.answer(response, asked);
      const { organizationId } = memberOf(response);
      const [{ items, nextCursor, total }, tags] = await Promise.all([
        findKeys({ store, clock }, organizationId, asked.value, asked.value),
        store.listKeyTags(organizationId, tagsListedMax),
      ]);
      const data = await present(organizationId, items);
      answerJson<Wire.KeyPage>(response, { data, nextCursor, total, tags: inOrder(tags) });
    })
    .post(requireMember('member'), body, async (request, response) => {
      const input = parseBody(keyInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const exceeded = await keyWrites.count(memberOf(response).actor);
      if (exceeded !== undefined) return answers.answer(response, exceeded);
      const { keys, organizationId } = open(response);
      const made = await keys.create(organizationId, input.value);
      if (isRefusal(made)) return answers.answer(response, made);
      const warnings = adviseOn(made.key.allowedDomains.map(parseDomainPattern).filter(isPattern)).map(
        ({ pattern, code, message }) => ({ pattern, code, message }),
      );
      response.statusCode = 201;
      answerJson<Wire.CreatedKey>(response, { ...(await presentWithSecret(made)), warnings });
    })
    .all(answers.methodNotAllowed('GET', 'POST'));

  routes
    .route(one)
    .get(requireMember('viewer'), async (request, response) => {
      const { keys, organizationId, keyId } = open(response, request.params.keyId);
      const key = await keys.find(organizationId, keyId);
      if (isRefusal(key)) return answers.answer(response, key);
      answerJson(response, await presentOne(key));
    })
    .patch(requireMember('member'), body, async (request, response) => {
      const patch = parseBody(keyPatch, request);
      if (isRefusal(patch)) return answers.answer(response, patch);
      const { keys, organizationId, keyId } = open(response, request.params.keyId);
      const key = await keys.edit(organizationId, keyId, patch.value);
      if (isRefusal(key)) {
        const { replay, current } = key;
        const extra: Wire.KeyConflict = {
          ...(replay && { replay: replay.map(presentReplayed) }),
          ...(current && { current: await presentOne(current) }),
        };
        return answers.answer(response, key, { ...extra });
      }
      answerJson(response, await presentOne(key));
    })
    .delete(requireMember('member'), async (request, response) => {
      const { keys, organizationId, keyId } = open(response, request.params.keyId);
      const refusal = await keys.remove(organizationId, keyId);
      if (refusal !== undefined) return answers.answer(response, refusal);
      response.status(204).end();
    })
    .all(answers.methodNotAllowed('GET', 'PATCH', 'DELETE'));

  routes
    .route(`${one}/rotate`)
    .post(requireMember('member'), body, async (request, response) => {
      const input = parseBody(rotateInput, request, {});
      if (isRefusal(input)) return answers.answer(response, input);
      const exceeded = await keyWrites.count(memberOf(response).actor);
      if (exceeded !== undefined) return answers.answer(response, exceeded);
      const { keys, organizationId, keyId } = open(response, request.params.keyId);
      const rotated = await keys.rotate(organizationId, keyId, input.value.graceSeconds);
      if (isRefusal(rotated)) return answers.answer(response, rotated);
      answerJson<Wire.RotatedKey>(response, await presentWithSecret(rotated));
    })
    .all(answers.methodNotAllowed('POST'));

  routes
    .route(`${one}/domains/preview`)
    .post(requireMember('viewer'), body, async (request, response) => {
      const input = parseBody(domainsInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { keys, organizationId, keyId } = open(response, request.params.keyId);
      const key = await keys.find(organizationId, keyId);
      if (isRefusal(key)) return answers.answer(response, key);
      const entries = input.value.allowedDomains.map((entry) => ({
        entry,
        parsed: parseDomainPattern(entry),
      }));
      const normalized = entries.flatMap(({ parsed }) => (isPattern(parsed) ? [parsed.text] : []));
      const replay = await keys.replay(organizationId, keyId, normalized);
      answerJson<Wire.DomainsPreview>(response, {
        patterns: entries.map(({ entry, parsed }) => ({
          pattern: withoutKeys(entry.trim()),
          normalized: isPattern(parsed) ? parsed.text : null,
          problem: isPattern(parsed) ? null : parsed.problem,
        })),
        replay: replay.map(presentReplayed),
      });
    })
    .all(answers.methodNotAllowed('POST'));
}

function presentReplayed({ origin, requests, allowed }: ReplayedOrigin): Wire.ReplayedOrigin {
  return { origin, requests, allowed };
}
