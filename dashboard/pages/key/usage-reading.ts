import type { ApiError } from '../../../ui/api-error.ts';
import type { KeyUsage } from '../../../server/http/wire.ts';

/** The figures of the last `days` days, as far as they were read. */
export interface UsageReading {
  readonly days: number;
  readonly usage: KeyUsage | undefined;
  readonly failure: ApiError | undefined;
  readonly isLoading: boolean;
}
