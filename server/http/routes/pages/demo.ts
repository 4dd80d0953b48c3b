/**
 * The demo's panel at `/demo` and what it asks the server. It answers on the server's own origin only, changes nothing but
 * the demo key's domains and the key of `stolen-key`, and changes those only for its own page.
 */
import { join } from 'node:path';
import { isRefusal, refuse } from '../../../gate/problem.ts';
import express, { type Router, type RequestHandler } from 'express';
import { z } from 'zod';
import { explainOrigin } from '../../../gate/explain.ts';
import { domainsInForce } from '../../../gate/domains-in-force.ts';
import { keyPatch } from '../../../keys/key-input.ts';
import { createJsonBody, parseBody } from '../../body.ts';
import { answerBuiltFile } from '../../built-file.ts';
import { callSelf } from '../../call-self.ts';
import { createExactRouter } from '../../exact-router.ts';
import { createOwnHost } from '../../own-host.ts';
import { stolenKeyRules } from '../../run-stolen-key.ts';
import { isFromThisMachine } from '../../this-machine.ts';
import { answerJson } from '../../present.ts';
import type * as Wire from '../../wire.ts';
import type { DemoParts, SeededDemo, WhenSeeded } from './demo-parts.ts';
import { demoNotBuilt, demoStarting } from './demo-sites.ts';
import { addStolenKeyRoute } from './demo-stolen-key.ts';

const sitesMax = 24;
const originText = z
  .string()
  .max(300)
  .regex(/^[\x20-\x7e]*$/, 'An Origin header has only printable ASCII characters.');

const domainsInput = z.strictObject({ allowedDomains: keyPatch.shape.allowedDomains.nonoptional() });
const explainInput = z.strictObject({ origins: z.array(originText).max(sitesMax) });
const callInput = z.strictObject({ origin: originText, credentials: z.enum(['publishable', 'pair']) });

/** Without a model the FAQ answers, also where a model was asked for. */
export function demoSnippet(demo: SeededDemo, publicOrigin: string, isWithModel = false): string {
  const { key } = demo;
  const agentId = (isWithModel ? demo.modelAgentId : null) ?? demo.agentId;
  return `<script async src="${publicOrigin}/widget.js" data-key="${key.publicKey}" data-agent="${agentId}" data-hide-when-blocked></script>`;
}

export function createDemoRoutes(parts: DemoParts): Router {
  const { folder, publicOrigin, findDemo, store, clock, keys, authenticator, answers } = parts;
  const { host, protocol, port } = new URL(publicOrigin);
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    `frame-src ${protocol}//*.localhost${port === '' ? '' : `:${port}`}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');

  /** Under another name of this machine the frames and the Origin check would not fit. */
  const leadHome = createOwnHost(publicOrigin, answers);
  const onOwnHost: RequestHandler = (request, response, next) => {
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('Cache-Control', 'no-store');
    if (request.host === host) next();
    else if (request.path === '/demo') leadHome(request, response, next);
    else answers.notFound(request, response, next);
  };

  const fromOwnPage: RequestHandler = (request, response, next) => {
    if (request.headers.origin === publicOrigin) return next();
    answers.answer(
      response,
      refuse('forbidden', {
        detail: 'Only the demo page may do this.',
        fix: `Open ${publicOrigin}/demo.`,
      }),
    );
  };

  const routes = createExactRouter();
  routes.all(['/demo', '/demo/{*path}'], onOwnHost);
  routes
    .route('/demo')
    .get(async (request, response) => {
      if (await answerBuiltFile(request, response, join(folder, 'index.html'))) return;
      answers.answer(response, demoNotBuilt);
    })
    .all(answers.methodNotAllowed('GET'));
  routes.use('/demo/assets', express.static(`${folder}/assets`, { index: false, redirect: false, maxAge: 0 }));

  const whenSeeded: WhenSeeded =
    (act) =>
    (...handler) => {
      const demo = findDemo();
      if (demo !== undefined) return act(demo, ...handler);
      answers.answer(handler[1], demoStarting);
    };

  /** Only while it may be offered: somebody may have deleted it, or kept it from pages. */
  async function findModelAgent({ key, modelAgentId }: SeededDemo): Promise<Wire.DemoKey['modelAgent']> {
    const agent = modelAgentId === null ? undefined : await store.findAgent(key.organizationId, modelAgentId);
    return agent?.public && agent.model ? { id: agent.id, model: agent.model.name } : null;
  }

  routes
    .route('/demo/api/key')
    .get(
      whenSeeded(async (demo, request, response) => {
        const { organizationId, id, publicKey } = demo.key;
        const key = await keys.find(organizationId, id);
        if (isRefusal(key)) return answers.answer(response, key);
        answerJson<Wire.DemoKey>(response, {
          publicKey,
          secretKey: demo.secretKey,
          agentId: demo.agentId,
          modelAgent: await findModelAgent(demo),
          snippet: demoSnippet(demo, publicOrigin),
          allowedDomains: domainsInForce(key, clock()),
          defaultDomains: demo.defaultDomains,
          stolenKey: { ...stolenKeyRules, mayRun: isFromThisMachine(request) },
        });
      }),
    )
    .all(answers.methodNotAllowed('GET'));

  routes
    .route('/demo/api/domains')
    .put(
      fromOwnPage,
      createJsonBody(),
      whenSeeded(async ({ key: { organizationId, id } }, request, response) => {
        const body = parseBody(domainsInput, request);
        if (isRefusal(body)) return answers.answer(response, body);
        const key = await keys.edit(organizationId, id, { ...body.value, confirm: true });
        if (isRefusal(key)) return answers.answer(response, key);
        answerJson<Pick<Wire.DemoKey, 'allowedDomains'>>(response, {
          allowedDomains: domainsInForce(key, clock()),
        });
      }),
    )
    .all(answers.methodNotAllowed('PUT'));

  routes
    .route('/demo/api/explain')
    .post(
      fromOwnPage,
      createJsonBody(),
      whenSeeded(async ({ key: { organizationId, publicKey } }, request, response) => {
        const body = parseBody(explainInput, request);
        if (isRefusal(body)) return answers.answer(response, body);
        const explained = body.value.origins.map(async (origin) => ({
          origin,
          ...(await explainOrigin(authenticator, organizationId, publicKey, origin)),
        }));
        answerJson<{ readonly data: readonly Wire.ExplainedOrigin[] }>(response, {
          data: await Promise.all(explained),
        });
      }),
    )
    .all(answers.methodNotAllowed('POST'));

  routes
    .route('/demo/api/call')
    .post(
      fromOwnPage,
      createJsonBody(),
      whenSeeded(async ({ key, secretKey }, request, response) => {
        const body = parseBody(callInput, request);
        if (isRefusal(body)) return answers.answer(response, body);
        const { origin, credentials } = body.value;
        const pair = credentials === 'pair' ? `:${secretKey}` : '';
        const headers = {
          Host: host,
          Authorization: `Bearer ${key.publicKey}${pair}`,
          ...(origin !== '' && { Origin: origin }),
        };
        answerJson<Wire.DemoCall>(response, await callSelf(request.socket, '/api/v1/key', headers));
      }),
    )
    .all(answers.methodNotAllowed('POST'));

  addStolenKeyRoute(routes, { ...parts, fromOwnPage, whenSeeded });
  return routes;
}
