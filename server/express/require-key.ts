/**
 * Express: lets a call through when its key may make it, with `request.postern` saying who calls; otherwise answers why not. A
 * preflight is answered here, since no credentials can come with it.
 */
import type { Request, RequestHandler } from 'express';
import {
  corsHeaders,
  denialBody,
  denialHeaders,
  isPreflight,
  limitHeaders,
  preflightHeaders,
} from '../client/answer.ts';
import { createGate, type Gate, type GateOptions, type Needs, type Principal } from '../client/gate.ts';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- how Express's own types are added to
  namespace Express {
    interface Request {
      /** Who calls, behind `requireKey`. */
      postern?: Principal;
    }
  }
}

export interface ExpressNeeds extends Needs {
  /** The API's own name for what is charged, such as an order's id: a repeated one takes its cost once. */
  readonly idempotencyKey?: (request: Request) => string | undefined;
}

/** `gate`: a server to ask, or a gate in this process (`openGate` of `postern`). */
export function requireKey(gate: GateOptions | Gate, needs: ExpressNeeds = {}): RequestHandler {
  const { idempotencyKey, ...needed } = needs;
  const judge = 'judge' in gate ? gate : createGate(gate);
  return async (request, response, next) => {
    const header = (name: string): string | undefined => request.get(name);
    if (isPreflight(request.method, header)) {
      response.status(204).set(preflightHeaders(header)).end();
      return;
    }
    const judged = await judge.judge(
      {
        method: request.method,
        authorization: wholeHeader(request, 'authorization'),
        origin: wholeHeader(request, 'origin'),
        site: wholeHeader(request, 'sec-fetch-site'),
        ip: request.ip,
        idempotencyKey: idempotencyKey?.(request),
      },
      needed,
    );
    response.set({ ...corsHeaders, ...limitHeaders(judged.limits) });
    if (judged.ok) {
      request.postern = judged.principal;
      next();
      return;
    }
    response.status(judged.denial.status).set(denialHeaders(judged.denial)).end(denialBody(judged.denial));
  };
}

/** Of several headers Node keeps the first alone; the gate must see that there were several. */
function wholeHeader({ rawHeaders }: Request, name: string): string | undefined {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
  return values.length === 0 ? undefined : values.join(', ');
}
