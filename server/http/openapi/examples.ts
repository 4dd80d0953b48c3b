/**
 * Real answers, recorded in `examples.json` by `test/http/openapi-examples.test.ts`, which makes every call anew and compares. Ids, keys
 * and addresses of the server are replaced; what one of them is in one example it is in all.
 */
import recorded from './examples.json' with { type: 'json' };

interface Example {
  readonly operation: string;
  readonly summary: string;
  /** The body that was sent. */
  readonly request?: object;
  readonly status: number;
  /** The body that was answered. */
  readonly answer?: object;
}

const examples: readonly Example[] = recorded;

/** As OpenAPI names them: by a word, with a summary. Nothing when there is none. */
type Examples = Readonly<Record<string, { readonly summary: string; readonly value: object }>>;

function byName(found: readonly { readonly summary: string; readonly value: object | undefined }[]): {
  readonly examples?: Examples;
} {
  const named = found.flatMap(({ summary, value }, index) =>
    value === undefined ? [] : [[`example-${index + 1}`, { summary, value }] as const],
  );
  return named.length === 0 ? {} : { examples: Object.fromEntries(named) };
}

export function requestExamples(operation: string): { readonly examples?: Examples } {
  const good = examples.filter((example) => example.operation === operation && example.status < 300);
  return byName(good.map(({ summary, request }) => ({ summary, value: request })));
}

export function answerExamples(operation: string, status: number): { readonly examples?: Examples } {
  const found = examples.filter((example) => example.operation === operation && example.status === status);
  return byName(found.map(({ summary, answer }) => ({ summary, value: answer })));
}
