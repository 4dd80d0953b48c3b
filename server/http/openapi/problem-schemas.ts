/** A schema for each problem code: the problem's own, with this code and its status. */
import { problems, type ProblemCode } from '../../gate/problem.ts';
import type { Schema, Schemas } from './wire-schemas.ts';

export const problemCodes = Object.keys(problems) as readonly ProblemCode[];

/** `key_invalid` → `KeyInvalidProblem`. */
export function problemName(code: ProblemCode): string {
  return `${code.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())}Problem`;
}

/** Of the OpenAI interface alone. */
const openAiError = { $ref: '#/components/schemas/OpenAiError' } as const;

/** `more`: further members of a body. */
export function describeProblem(wire: Schemas, code: ProblemCode, more?: Schema): Schema {
  const { status, title } = problems[code];
  const { properties, required } = wire.ProblemDocument ?? {};
  return {
    type: 'object',
    description: title,
    properties: {
      ...properties,
      title: { type: 'string', examples: [title] },
      status: { type: 'integer', const: status },
      code: { type: 'string', const: code },
      error: openAiError,
      ...more?.properties,
    },
    required: [...(required ?? []), ...(more?.required ?? [])],
  };
}

export function describeProblems(wire: Schemas): Schemas {
  return Object.fromEntries(problemCodes.map((code) => [problemName(code), describeProblem(wire, code)]));
}
