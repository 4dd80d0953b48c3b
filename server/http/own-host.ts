/**
 * Pages are on the server's own origin only: under another name no sign-in would work. Who came by another name is led there,
 * unless it is a name of this machine and they are on another one, where it would lead to their own.
 */
import type { Request, RequestHandler } from 'express';
import { isLoopbackName } from '../gate/loopback.ts';
import { parseOrigin } from '../gate/origin.ts';
import { isRefusal, refuse, type Refusal } from '../gate/problem.ts';
import type { ProblemAnswers } from './errors.ts';

export function createOwnHost(publicOrigin: string, answers: ProblemAnswers): RequestHandler {
  const { host, hostname } = new URL(publicOrigin);
  return (request, response, next) => {
    if (request.host === host) return next();
    // Old clients send no Host at all.
    const asked = (request.hostname as string | undefined) ?? '';
    if (isLoopbackName(hostname) && asked !== '' && !isLoopbackName(asked)) {
      answers.answerVisitor(request, response, describeOtherHost(publicOrigin, request), null);
    } else {
      response.redirect(302, `${publicOrigin}${pathAndQueryOf(request)}`);
    }
  };
}

function describeOtherHost(publicOrigin: string, { protocol, host }: Request): Refusal {
  const origin = parseOrigin(`${protocol}://${host}`);
  const setting = isRefusal(origin) ? '' : ` (PUBLIC_URL=${origin.text})`;
  return refuse('not_found', {
    detail: `This server’s pages are at ${publicOrigin}, an address that leads every reader to their own machine.`,
    fix: `Set PUBLIC_URL to the address that browsers use${setting}, and start the server again.`,
  });
}

/** Also of a request that names a whole URL, whose host is not to be believed. */
function pathAndQueryOf({ path, originalUrl }: Request): string {
  const query = originalUrl.indexOf('?');
  return query === -1 ? path : `${path}${originalUrl.slice(query)}`;
}
