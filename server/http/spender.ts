import type { Request, Response } from 'express';
import type { Spender } from '../credits/budgets.ts';
import { readAddress } from './credentials.ts';
import { callerOf } from './locals.ts';

/** Whose budgets bound a call; only for routes behind `require-key`. */
export function spenderOf(request: Request, response: Response): Spender {
  const { principal, key } = callerOf(response);
  return { mode: principal.mode, key, ip: readAddress(request) };
}
