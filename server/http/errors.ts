/**
 * The only place where a refusal becomes JSON, and that answers a problem (RFC 9457). A refusal has a public text; whatever else
 * was thrown is one bland sentence and goes to the log.
 */
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { challengeOf, problems, refuse, type ProblemDocument, type Refusal } from '../gate/problem.ts';
import { StoreUnavailableError } from '../store/port.ts';
import { setLimitHeaders } from './limit-headers.ts';
import { isWorthRepeating, openAiErrorOf } from './openai-error.ts';
import { presentProblemPage, problemPagePolicy } from './problem-page.ts';

const storeRetrySeconds = 2;

/** Answers requests for which there is nothing better to say. */
export interface ProblemAnswers {
  answer(response: Response, refusal: Refusal, extra?: Readonly<Record<string, unknown>>): void;
  /** The same with another status than the code's: the body still names the real one. */
  answerAs(status: number, response: Response, refusal: Refusal): void;
  /** A problem as it stands in a body or in a stream's `error` event. */
  describe(refusal: Refusal, requestId: string): ProblemDocument;
  /** A page for a browser that asks for one, with a link to `home` unless it is null; the problem for a program. */
  answerVisitor(request: Request, response: Response, refusal: Refusal, home: string | null): void;
  readonly notFound: RequestHandler;
  methodNotAllowed(...allowed: string[]): RequestHandler;
  readonly onError: ErrorRequestHandler;
}

/** What every JSON of a refusal has: the body of a problem, an event of a stream, the verdict on a key. */
export function presentRefusal({
  code,
  detail,
}: Refusal): Pick<ProblemDocument, 'title' | 'status' | 'code' | 'detail'> {
  const { status, title } = problems[code];
  return { title, status, code, detail: detail ?? title };
}

/** What a thrown error is to the caller. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof StoreUnavailableError) {
    return refuse('store_unavailable', {
      fix: 'Try again in a few seconds.',
      retryAfterSeconds: storeRetrySeconds,
    });
  }
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') {
    const { limit } = error as { readonly limit?: unknown };
    return refuse('body_too_large', { ...(typeof limit === 'number' && { fix: `Send at most ${limit / 1024} KiB.` }) });
  }
  if (typeof type === 'string' && bodyErrorTypes.has(type)) {
    return refuse('request_invalid', {
      fix: 'Send a JSON object in UTF-8, not compressed, with Content-Type: application/json.',
      problems: [{ path: '', message: 'The body is not valid JSON.' }],
    });
  }
  if (error instanceof URIError) {
    return refuse('request_invalid', { problems: [{ path: '', message: 'The path is not valid.' }] });
  }
  return refuse('internal');
}

/** What `express.json` throws for a body that is the caller's fault; the thrown errors carry the body and are not logged. */
const bodyErrorTypes = new Set([
  'charset.unsupported',
  'encoding.unsupported',
  'entity.parse.failed',
  'entity.verify.failed',
  'request.aborted',
  'request.size.invalid',
]);

const noSuchAddress = refuse('not_found', { detail: 'There is no such address.' });

export function createProblemAnswers(docsUrl: string): ProblemAnswers {
  function describe(refusal: Refusal, requestId: string): ProblemDocument {
    return {
      type: `${docsUrl}#${refusal.code}`,
      ...presentRefusal(refusal),
      requestId,
      ...(refusal.fix !== undefined && { fix: refusal.fix }),
      ...(refusal.origin !== undefined && { origin: refusal.origin }),
      ...(refusal.problems !== undefined && { problems: refusal.problems }),
      ...(refusal.budget !== undefined && { budget: refusal.budget }),
    };
  }

  function answer(response: Response, refusal: Refusal, extra: Readonly<Record<string, unknown>> = {}): void {
    answerAs(problems[refusal.code].status, response, refusal, extra);
  }

  function answerAs(
    status: number,
    response: Response,
    refusal: Refusal,
    extra: Readonly<Record<string, unknown>> = {},
  ): void {
    response.locals.problemCode = refusal.code;
    const challenge = challengeOf(refusal.code);
    if (challenge !== undefined) response.setHeader('WWW-Authenticate', challenge);
    if (refusal.retryAfterSeconds !== undefined) response.setHeader('Retry-After', refusal.retryAfterSeconds);
    if (refusal.limit !== undefined) setLimitHeaders(response, [{ ...refusal.limit, remaining: 0 }]);
    response.setHeader('Content-Type', 'application/problem+json; charset=utf-8');
    response.setHeader('Cache-Control', 'no-store');
    response.statusCode = status;
    const problem = describe(refusal, response.locals.requestId);
    const isForOpenAi = response.locals.isForOpenAi === true;
    // These clients repeat a call without a name for it, and each would be paid for.
    const isRepeatable = isWorthRepeating(status) && refusal.isCharged !== true;
    if (isForOpenAi && !isRepeatable) response.setHeader('X-Should-Retry', 'false');
    response.end(JSON.stringify({ ...problem, ...(isForOpenAi && { error: openAiErrorOf(problem) }), ...extra }));
  }

  function answerVisitor(request: Request, response: Response, refusal: Refusal, home: string | null): void {
    response.vary('Accept');
    // What is under /api is for programs; `*/*` is what they ask for.
    const isForProgram =
      /^\/api(\/|$)/.test(`${request.baseUrl}${request.path}`) || request.accepts(['json', 'html']) !== 'html';
    if (isForProgram) return answer(response, refusal);
    response.locals.problemCode = refusal.code;
    response.statusCode = problems[refusal.code].status;
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Security-Policy', problemPagePolicy);
    response.end(presentProblemPage(describe(refusal, response.locals.requestId), home));
  }

  return {
    answer,
    answerAs,
    describe,
    answerVisitor,
    notFound: (request, response) => answerVisitor(request, response, noSuchAddress, '/'),
    methodNotAllowed:
      (...allowed) =>
      (_request, response) => {
        response.setHeader('Allow', allowed.map((method) => (method === 'GET' ? 'GET, HEAD' : method)).join(', '));
        answer(response, refuse('method_not_allowed', { fix: `Use ${allowed.join(' or ')}.` }));
      },
    onError: (error: unknown, _request, response, _next) => {
      const refusal = refusalOf(error);
      if (problems[refusal.code].status >= 500) response.locals.failure = error;
      // Too late to say anything; Express's own handler would print the error as it is.
      if (response.headersSent) response.destroy();
      else answer(response, refusal);
    },
  };
}

/** What Node says of a bare CR or LF, or another control character, inside a header. */
const lineBreakErrors = new Set(['HPE_CR_EXPECTED', 'HPE_LF_EXPECTED', 'HPE_INVALID_HEADER_TOKEN']);
const lineBreakFix =
  'Look for a line break or another control character in a header: a key that was read from a file often ends with one.';

/**
 * Answers what Node itself could not read as a request: bytes that are no HTTP, too large headers, a time-out. Undefined when
 * there is nobody to answer.
 */
export function answerUnreadable(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  docsUrl: string,
  requestId: string,
): ProblemDocument | undefined {
  // While the answer to a whole request is under way, another one must not be written into its middle or in its place.
  const { _httpMessage: answer } = socket as { readonly _httpMessage?: ServerResponse | null };
  const isAnswering = answer ? answer.headersSent || answer.req.complete : false;
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) {
    socket.destroy();
    return undefined;
  }
  const refusal: Refusal =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? refuse('headers_too_many', { fix: 'Send at most 100 header lines and 16 KiB of headers.' })
      : refuse('request_invalid', {
          detail: 'This is not a complete HTTP request.',
          ...(lineBreakErrors.has(error.code ?? '') && { fix: lineBreakFix }),
        });
  const problem = createProblemAnswers(docsUrl).describe(refusal, requestId);
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${problem.title.replace(/\.$/, '')}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Cache-Control: no-store',
      'Access-Control-Allow-Origin: *',
      'Access-Control-Expose-Headers: X-Request-Id',
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  return problem;
}
