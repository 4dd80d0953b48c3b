/** `postern/express`: `requireKey` in front of the routes of one's own Express app. */
export { requireKey } from './require-key.ts';
export type { ExpressNeeds } from './require-key.ts';
export type { Gate, GateOptions, Needs, Principal } from '../client/gate.ts';
