import type { FieldProblem, ProblemCode } from '../server/gate/problem.ts';
import type { ReplayedOrigin } from '../server/http/wire.ts';

/** `offline`: no answer came. `unexpected`: an answer that is not the server's own, or a mistake in this program. */
type ApiErrorCode = ProblemCode | 'offline' | 'unexpected';

export interface ApiFailure {
  /** 0 when no answer came. */
  readonly status: number;
  readonly code: ApiErrorCode;
  /** A sentence to show. */
  readonly detail: string;
  readonly fix?: string | undefined;
  readonly problems?: readonly FieldProblem[] | undefined;
  readonly replay?: readonly ReplayedOrigin[] | undefined;
  readonly current?: object | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly requestId?: string | undefined;
}

/** A call that was not answered with what it asked for. Switch on `code`, never on a sentence. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: ApiErrorCode;
  readonly detail: string;
  readonly fix: string | undefined;
  readonly problems: readonly FieldProblem[];
  /** With `conflict`: the origins that a change of domains would block. */
  readonly replay: readonly ReplayedOrigin[];
  /** With `conflict`: what was to be changed, as somebody else left it. */
  readonly current: object | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly requestId: string | undefined;

  constructor(failure: ApiFailure) {
    super(failure.detail);
    this.name = 'ApiError';
    this.status = failure.status;
    this.code = failure.code;
    this.detail = failure.detail;
    this.fix = failure.fix;
    this.problems = failure.problems ?? [];
    this.replay = failure.replay ?? [];
    this.current = failure.current;
    this.retryAfterSeconds = failure.retryAfterSeconds;
    this.requestId = failure.requestId;
  }

  /** What is wrong with a field (`name`) or anything in it (`allowedDomains.1`); empty when nothing is. */
  problemAt(path: string): string {
    return this.problems
      .filter((problem) => problem.path === path || problem.path.startsWith(`${path}.`))
      .map(({ message }) => message)
      .join(' ');
  }

  /** What a form shows above its fields: everything that does not stand at one of them. */
  generalProblem(fields: readonly string[]): string {
    const isPlaced = (path: string): boolean => fields.some((field) => path === field || path.startsWith(`${field}.`));
    const elsewhere = this.problems.filter(({ path }) => !isPlaced(path)).map(({ message }) => message);
    if (this.problems.length > 0) return elsewhere.join(' ');
    return [this.detail, this.fix].filter(Boolean).join(' ');
  }
}

/** What was caught, as an error that can be shown. A mistake in this program is also reported to the console. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  reportError(error);
  return new ApiError({
    status: 0,
    code: 'unexpected',
    detail: 'Something went wrong in this page. Load it again.',
  });
}
