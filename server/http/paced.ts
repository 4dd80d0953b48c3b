/**
 * Lets one request through every few milliseconds, of each address in turn. A flood that is read at once so holds up neither
 * what does not pass here, such as chats, nor for long what another address sends. A request that comes alone does not wait,
 * and one whose caller has left is not run.
 */
import type { Request, RequestHandler, Response } from 'express';
import { refuse } from '../gate/problem.ts';
import { addressGroup } from '../usage/address.ts';
import { readAddress } from './credentials.ts';
import type { ProblemAnswers } from './errors.ts';

/** 200 requests a second: a page of the dashboard asks for six at once, a chat in a flood waits behind one. */
const pauseMs = 5;
/** Of an address, which is then 2 seconds behind. */
const waitingMax = 400;

const busy = refuse('server_busy', {
  detail: 'This address sent more requests at once than can wait.',
  fix: 'Send fewer requests at once.',
  retryAfterSeconds: 2,
});

interface Waiting {
  readonly response: Response;
  readonly next: () => void;
}

export function createPaced(
  answers: Pick<ProblemAnswers, 'answer'>,
  addressOf: (request: Request) => string = (request) => addressGroup(readAddress(request)),
): RequestHandler {
  /** By address; the one whose turn is next comes first. */
  const waiting = new Map<string, Waiting[]>();
  let isPausing = false;

  function takeNext(): Waiting | undefined {
    const [first] = waiting;
    if (first === undefined) return undefined;
    const [address, itsRequests] = first;
    const one = itsRequests.shift();
    waiting.delete(address);
    if (itsRequests.length > 0) waiting.set(address, itsRequests);
    return one?.response.destroyed === true ? takeNext() : one;
  }

  function letNextThrough(): void {
    const one = takeNext();
    isPausing = one !== undefined;
    if (one === undefined) return;
    setTimeout(letNextThrough, pauseMs).unref();
    one.next();
  }

  return (request, response, next) => {
    const address = addressOf(request);
    const itsRequests = waiting.get(address) ?? [];
    if (itsRequests.length >= waitingMax) return answers.answer(response, busy);
    waiting.set(address, itsRequests);
    itsRequests.push({ response, next });
    if (!isPausing) letNextThrough();
  };
}
