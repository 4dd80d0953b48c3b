/** The model of an agent after a change, as long as the operator's list has it; what is not changed may have left that list. */
import { refuse, type Refusal } from '../gate/problem.ts';
import type { AgentModel } from '../records/agent.ts';
import { modelInput, type AgentPatch } from './agent-input.ts';
import { findUpstream, type Upstream } from './upstream.ts';

/** Null: the agent has no model afterwards. */
export function patchModel(
  before: AgentModel | null,
  patch: AgentPatch['model'],
  upstreams: readonly Upstream[],
): { readonly model: AgentModel | null } | Refusal {
  if (patch === undefined) return { model: before };
  if (patch === null) return { model: null };
  const parsed = modelInput.safeParse({ ...before, ...patch });
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path, message }) => ({ path: ['model', ...path].join('.'), message }));
    return refuse('request_invalid', { problems: fields });
  }
  const model = parsed.data;
  const isAsBefore = before?.upstream === model.upstream && before.name === model.name;
  return isAsBefore ? { model } : (refuseUnlisted(model, upstreams) ?? { model });
}

export function refuseUnlisted(
  { upstream, name }: Pick<AgentModel, 'upstream' | 'name'>,
  upstreams: readonly Upstream[],
): Refusal | undefined {
  if (findUpstream(upstreams, upstream, name) !== undefined) return undefined;
  const listed = upstreams.find((one) => one.name === upstream);
  const problem =
    listed === undefined
      ? {
          path: 'model.upstream',
          message: `The operator's list has no such upstream; ${listOf(
            'it has',
            upstreams.map((one) => one.name),
          )}.`,
        }
      : {
          path: 'model.name',
          message: `This upstream is not listed with that model; ${listOf('it has', listed.models)}.`,
        };
  return refuse('request_invalid', {
    problems: [problem],
    fix: 'Choose one of the list, or ask the operator to add it to the file that AGENT_UPSTREAMS names.',
  });
}

const namesMax = 20;

function listOf(begin: string, names: readonly string[]): string {
  return names.length === 0
    ? `${begin} none`
    : `${begin} ${names.slice(0, namesMax).join(', ')}${names.length > namesMax ? ', …' : ''}`;
}
