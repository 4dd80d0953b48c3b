/**
 * `postern/gate`: the decision alone, to be put in front of anything. It is handed the key, a limiter and a meter (`ports.ts`), and
 * needs no store, no Express and nothing else of Postern. `postern/gate/cases.json` has the case tables of its domain rules.
 */
export { createAuthenticator } from './authenticate.ts';
export type { Authenticator, AuthenticatorParts, Judgement } from './authenticate.ts';
export type { Call, NeededScope } from './call.ts';
export { checks } from './checks.ts';
export type { Check } from './checks.ts';
export { adviseOn } from './domain-advice.ts';
export type { DomainWarning, DomainWarningCode } from './domain-advice.ts';
export { isPattern, matchOrigin, parseDomainPattern, parsePatternList } from './domain-pattern.ts';
export type { DomainPattern, PatternList, PatternProblem, PatternProblemCode } from './domain-pattern.ts';
export type { DomainEnd } from './domains-in-force.ts';
export { explainOrigin } from './explain.ts';
export type { Explanation } from './explain.ts';
export { createPublicKey, createSecretKey, parseAuthorization, parseCredential, withoutKeys } from './key-format.ts';
export type { Credentials, PublicKey, SecretKey } from './key-format.ts';
export { parseOrigin } from './origin.ts';
export type { Origin, OriginRefusal } from './origin.ts';
export type { GateKey, KeyLookUp, Limiter, LimitState, RateLimit, StoredSecret, Use, UseRecorder } from './ports.ts';
export { isRefusal, problems } from './problem.ts';
export type { ProblemCode, ProblemDocument, Refusal } from './problem.ts';
export type { CallMode, Scope } from './scope.ts';
export { createScryptQueue } from './scrypt-queue.ts';
export type { ScryptQueue } from './scrypt-queue.ts';
export { createSecrets } from './secret.ts';
export type { SecretParts, Secrets } from './secret.ts';
export type { Accepted, Principal, Refused, Verdict } from './verdict.ts';
