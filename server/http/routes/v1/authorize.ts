/**
 * `/api/v1/authorize`: the verdict on a call to somebody's own API, by status, for the proxy in front of it (nginx `auth_request`,
 * Caddy `forward_auth`, Traefik `forwardAuth`, Envoy `ext_authz`). The visitor's own headers are judged; a body is not read.
 * The caller's settings are in the query. What follows `path=` in it is the visitor's address and is not read.
 */
import { parse as parseQueryText } from 'node:querystring';
import type { ErrorRequestHandler, IRouter, Request, RequestHandler, Response } from 'express';
import type { Call } from '../../../gate/call.ts';
import { isRefusal, problems, type Refusal } from '../../../gate/problem.ts';
import type { CallMode } from '../../../gate/scope.ts';
import type { Accepted } from '../../../gate/verdict.ts';
import { parseWith } from '../../body.ts';
import { letPagesRead } from '../../cors.ts';
import { readCall } from '../../credentials.ts';
import { refusalOf, type ProblemAnswers } from '../../errors.ts';
import { createHeaderGuard } from '../../header-guard.ts';
import { setLimitHeaders } from '../../limit-headers.ts';
import type { Judge } from '../../judge.ts';
import { authorizeQuery, statusesPattern } from '../../request-input.ts';

/** Behind it the visitor's own path: an expression, because Express answers by itself where it can't decode a parameter. */
const paths = ['/api/v1/authorize', /^\/api\/v1\/authorize\//];

export function addAuthorizeRoute(
  routes: IRouter,
  parts: { readonly judge: Judge; readonly answers: ProblemAnswers },
): void {
  const { judge, answers } = parts;
  const tellBrowser = createBrowserTeller();

  /** The problem as everywhere, with the headers for a proxy that passes on no body, or only some statuses. */
  function answer(response: Response, refusal: Refusal): void {
    const { status } = problems[refusal.code];
    const shown = statusesOf(response.req);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    letPagesRead(response);
    response.setHeader('Postern-Code', refusal.code);
    response.setHeader('Postern-Status', status);
    answers.answerAs(shown === undefined || shown.includes(String(status)) ? status : 403, response, refusal);
  }

  const refuseBroken: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
    const refusal = refusalOf(error);
    if (problems[refusal.code].status >= 500) response.locals.failure = error;
    answer(response, refusal);
  };

  const decide: RequestHandler = async (request, response) => {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-store');
    const settings = parseWith(authorizeQuery, settingsOf(request));
    if (isRefusal(settings)) return answer(response, { ...settings, fix: settingsFix });
    if (isPreflight(request)) return pass(response, asNobody);
    const { organization: organizationId, scope, cost } = settings.value;
    const call = { ...readVisitorsCall(request), isFromBrowser: tellBrowser(request) };
    const { verdict } = await judge(call, { organizationId, scope, cost });
    response.locals.verdict = verdict;
    setLimitHeaders(response, verdict.limits);
    if (!verdict.ok) answer(response, verdict.refusal);
    else pass(response, presentPrincipal(verdict));
  };

  routes.route(paths).all(createHeaderGuard({ answer }), decide, refuseBroken);
}

const settingsFix = 'Mend the address that the proxy asks: /api/v1/authorize?organization=org_…';

function settingsOf({ originalUrl }: Request): Readonly<Record<string, unknown>> {
  const start = originalUrl.indexOf('?');
  const query = start === -1 ? '' : originalUrl.slice(start + 1);
  return parseQueryText(query.split(/(?:^|&)path=/, 1)[0] ?? '');
}

/** Also of a request that is refused before its settings are looked at. */
function statusesOf(request: Request): readonly string[] | undefined {
  const { statuses } = settingsOf(request);
  return typeof statuses === 'string' && statusesPattern.test(statuses) ? statuses.split(',') : undefined;
}

/** The method of the visitor's call. Two proxies that disagree about it know nothing. */
function methodOf({ headers, method }: Request): string | undefined {
  const said = [headers['x-forwarded-method'], headers['x-original-method']].filter((text) => text !== undefined);
  const [first = method, second = first] = said.map(String);
  return first === second ? first : undefined;
}

/** No credentials can come with it, so it passes; whoever stands behind answers it. */
function isPreflight(request: Request): boolean {
  const { origin, 'access-control-request-method': asked } = request.headers;
  return methodOf(request) === 'OPTIONS' && origin !== undefined && asked !== undefined;
}

function readVisitorsCall(request: Request): Call {
  const call = readCall(request, undefined);
  const method = methodOf(request);
  const isRead = method === 'GET' || method === 'HEAD';
  const isSameOriginRead = isRead && request.headers['sec-fetch-site'] === 'same-origin' && call.origins.length === 0;
  const own = isSameOriginRead ? forwardedOrigin(request) : undefined;
  return { ...call, origins: own === undefined ? call.origins : [own], isSameOriginRead: false };
}

/**
 * Whether a visitor who came by https sent what every browser sends. That it is missing says something only when it has come this way
 * before: a proxy that picks headers may leave it out.
 */
function createBrowserTeller(): (request: Request) => boolean | undefined {
  let isPassedOn = false;
  return (request) => {
    if (!isProxyTrusted(request) || request.headers['x-forwarded-proto'] !== 'https') return undefined;
    const hasSite = request.headers['sec-fetch-site'] !== undefined;
    isPassedOn ||= hasSite;
    return isPassedOn ? hasSite : undefined;
  };
}

/** Where the API is for its visitors, if a trusted proxy says so, and once. */
function forwardedOrigin(request: Request): string | undefined {
  const { 'x-forwarded-proto': scheme, 'x-forwarded-host': host } = request.headers;
  if (!isProxyTrusted(request) || scheme === undefined || host === undefined) return undefined;
  return `${String(scheme)}://${String(host)}`;
}

function isProxyTrusted({ app, socket }: Request): boolean {
  const isTrusted = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  return isTrusted(socket.remoteAddress ?? '', 0);
}

/** What the proxy passes on to the API. */
interface Passed {
  readonly organization: string;
  readonly key: string;
  readonly externalId: string | null;
  readonly mode: CallMode | 'preflight';
  readonly scopes: string;
  readonly origin: string | null;
}

const asNobody: Passed = {
  organization: '-',
  key: '-',
  externalId: null,
  mode: 'preflight',
  scopes: '',
  origin: null,
};

function presentPrincipal({ principal, key }: Accepted): Passed {
  const { organizationId, keyId, mode, scopes, origin } = principal;
  const { externalId } = key;
  return { organization: organizationId, key: keyId, externalId, mode, scopes: scopes.join(' '), origin };
}

/** Always all of them, so that the proxy has something to replace a header of the visitor's with. */
function pass(response: Response, { organization, key, externalId, mode, scopes, origin }: Passed): void {
  response.setHeader('Postern-Organization', organization);
  response.setHeader('Postern-Key', key);
  response.setHeader('Postern-External-Id', externalId ?? '-');
  response.setHeader('Postern-Mode', mode);
  response.setHeader('Postern-Scopes', scopes === '' ? '-' : scopes);
  response.setHeader('Postern-Origin', origin ?? '-');
  response.setHeader('Content-Length', 0).end();
}
