import { html } from 'lit';
import { askToConfirm } from '../../components/ask-to-confirm.ts';
import { field } from '../../components/field.ts';
import type { UnansweredQuestion } from '../../../server/http/wire.ts';
import { agentLimits as limits } from '../../../server/agents/agent-limits.ts';
import type { DraftQuestion } from './draft.ts';

/** Those that can get one more. */
export function withRoomForWording(questions: readonly DraftQuestion[]): readonly DraftQuestion[] {
  return questions.filter(({ question, aliases }) => question.trim() !== '' && aliases.length < limits.aliases);
}

/** Stays in its order but for the nearest, which come first. */
function nearestFirst(questions: readonly DraftQuestion[], nearest: readonly string[]): readonly DraftQuestion[] {
  const placeOf = ({ question }: DraftQuestion): number => {
    const place = nearest.indexOf(question.trim());
    return place === -1 ? nearest.length : place;
  };
  return [...questions].sort((a, b) => placeOf(a) - placeOf(b));
}

/** Asks which question these words are another wording of. Undefined: of none. `known` has at least one. */
export async function askForQuestion(
  { question: wording, nearest }: Pick<UnansweredQuestion, 'question' | 'nearest'>,
  known: readonly DraftQuestion[],
): Promise<DraftQuestion | undefined> {
  const questions = nearestFirst(known, nearest);
  let chosen = questions[0];
  const isSure = await askToConfirm({
    heading: 'Add as another wording',
    content: html`<p class="break" dir="auto">“${wording}”</p>
      ${field({
        id: 'wording-of',
        label: 'The question that it asks in other words',
        control: ({ id }) =>
          html`<select
            id=${id}
            autofocus
            @change=${({ currentTarget }: Event) => {
              chosen = questions[(currentTarget as HTMLSelectElement).selectedIndex];
            }}
          >
            ${questions.map(({ question }) => html`<option>${question}</option>`)}
          </select>`,
      })}`,
    confirmLabel: 'Add to this question',
  });
  return isSure ? chosen : undefined;
}
