/** `postern/client`: puts the gate in front of an API of one's own, with Fetch. */
export { createGate } from './gate.ts';
export type { Denial, Gate, GateOptions, Judged, Needs, Principal, Shown } from './gate.ts';
export { verifyRequest } from './verify-request.ts';
export type { VerifiedRequest, VerifyOptions } from './verify-request.ts';
