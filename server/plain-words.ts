/**
 * What is wrong with a value, in plain words, for HTTP problems and the command line alike. Set once for the whole process; a
 * schema that has words of its own keeps them.
 */
import { z } from 'zod';

type Issue = Parameters<z.core.$ZodErrorMap>[0];

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

const formats: Readonly<Record<string, string>> = {
  datetime: 'Write a time such as 2027-01-31T00:00:00Z.',
  guid: 'Write a UUID such as 2f1c7a4e-9d0b-4c57-8a55-0f6f3f7f2f10.',
};

export function usePlainWords(): void {
  z.config({ customError: describeIssue });
}

/** Undefined: the schema's own words. */
function describeIssue(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'This is missing.';
      return `This must be ${kinds[issue.expected] ?? 'of another kind'}.`;
    case 'invalid_value':
      return `This must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}.`;
    case 'invalid_format':
      return formats[issue.format];
    case 'invalid_union':
      return 'This is of the wrong kind.';
    case 'too_big':
      return `At most ${String(issue.maximum)}${unitOf(issue.origin)}.`;
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1
        ? 'This must not be empty.'
        : `At least ${String(issue.minimum)}${unitOf(issue.origin)}.`;
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return undefined;
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}
