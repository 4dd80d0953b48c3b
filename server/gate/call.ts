import type { LimitPolicy } from './problem.ts';
import type { Scope } from './scope.ts';

/** What a call shows of itself. Lists, because a header that comes twice is refused and never read as one. */
export interface Call {
  readonly authorizations: readonly string[];
  readonly origins: readonly string[];
  /** `Sec-Fetch-Site` came twice, so it says nothing. */
  readonly isSiteAmbiguous?: boolean;
  /** A GET or HEAD with `Sec-Fetch-Site: same-origin`, which browsers send without an Origin. */
  readonly isSameOriginRead: boolean;
  /**
   * It has what every browser sends, and only a browser sends by itself: `Sec-Fetch-Site` (Node's `fetch` sends `Sec-Fetch-Mode`). Absent:
   * nobody can tell.
   */
  readonly isFromBrowser?: boolean | undefined;
  /** Absent: nobody said where the call came from, so no address is counted. */
  readonly ip?: string;
  /** The organization that says so; what one says of an address counts for no other. Absent: it was seen. */
  readonly ipSaidBy?: string;
  /** It only asks about others' keys: its own key's limits don't count it. */
  readonly isUnlimited?: boolean;
  /** Counts an accepted publishable call among those its address has open with the key; or says that those are too many. */
  readonly enter?: (keyId: string) => LimitPolicy | undefined;
}

/** What a call shows of who sent it. */
export type CallEvidence = Pick<Call, 'isFromBrowser' | 'ip' | 'ipSaidBy'>;

/** What a call needs: one scope, any one of several, or none in particular. */
export type NeededScope = Scope | readonly Scope[] | undefined;
