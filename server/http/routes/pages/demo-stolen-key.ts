/** Starts a run with a stolen key and tells its page what happens, event by event. One at a time, and for this machine alone. */
import type { IRouter, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { isRefusal, refuse } from '../../../gate/problem.ts';
import { createJsonBody, parseBody } from '../../body.ts';
import { refusalOf } from '../../errors.ts';
import { runStolenKey } from '../../run-stolen-key.ts';
import { openEventStream } from '../../sse.ts';
import { isFromThisMachine } from '../../this-machine.ts';
import type * as Wire from '../../wire.ts';
import type { DemoParts, WhenSeeded } from './demo-parts.ts';

interface StolenKeyParts extends DemoParts {
  readonly fromOwnPage: RequestHandler;
  readonly whenSeeded: WhenSeeded;
}

const nothingInput = z.strictObject({});

const runsAlready = refuse('conflict', {
  detail: 'A run is going on already, maybe in another tab.',
  fix: 'Wait some seconds, and start it again.',
});

const notServing = refuse('store_unavailable', {
  detail: 'The server is starting or stopping.',
  retryAfterSeconds: 1,
});

export function addStolenKeyRoute(routes: IRouter, parts: StolenKeyParts): void {
  const { publicOrigin, fromOwnPage, whenSeeded, isServing, answers } = parts;
  const { host, protocol, port } = new URL(publicOrigin);
  let isRunning = false;

  const fromThisMachine: RequestHandler = (request, response, next) => {
    if (isFromThisMachine(request)) return next();
    answers.answer(
      response,
      refuse('forbidden', {
        detail: 'Only a browser on the server’s own machine, with no proxy between, may do this.',
        fix: `Open ${publicOrigin}/demo there.`,
      }),
    );
  };

  routes
    .route('/demo/api/stolen-key')
    .post(
      fromOwnPage,
      fromThisMachine,
      createJsonBody(),
      whenSeeded(async ({ key, agentId, defaultDomains }, request, response) => {
        const body = parseBody(nothingInput, request);
        if (isRefusal(body)) return answers.answer(response, body);
        if (!isServing()) return answers.answer(response, notServing);
        if (isRunning) return answers.answer(response, runsAlready);
        isRunning = true;
        const left = new AbortController();
        response.once('close', () => left.abort());
        const run = runStolenKey({
          ...parts,
          organizationId: key.organizationId,
          agentId,
          allowedDomains: defaultDomains,
          origin: `${protocol}//shop.example.localhost${port === '' ? '' : `:${port}`}`,
          host,
          arrived: request.socket,
          signal: left.signal,
        });
        try {
          await streamRun(run, response);
        } finally {
          isRunning = false;
        }
      }),
    )
    .all(answers.methodNotAllowed('POST'));

  /** Refused before it began: an ordinary problem. Broken after that: the stream's last event. */
  async function streamRun(run: ReturnType<typeof runStolenKey>, response: Response): Promise<void> {
    const first = await run.next();
    if (first.done === true) return;
    if (isRefusal(first.value)) return answers.answer(response, first.value);
    const stream = openEventStream(response);
    try {
      await stream.send(first.value.type, first.value);
      for await (const event of run) if (!isRefusal(event)) await stream.send(event.type, event);
    } catch (error) {
      response.locals.failure = error;
      const { detail } = answers.describe(refusalOf(error), response.locals.requestId);
      await stream.send('failed', { type: 'failed', detail } satisfies Wire.StolenKeyEvent);
    }
    stream.end();
  }
}
