/** What an agent answers from, and what it suggests: the two editors of its page. */
import { expect } from 'chai';
import { newQuestion, newSuggestion, type DraftSuggestion } from '../../../dashboard/pages/agent/draft.ts';
import { searchQuestions } from '../../../dashboard/pages/agent/question-pages.ts';
import { QuestionEditor } from '../../../dashboard/pages/agent/question-editor.ts';
import { SuggestionEditor } from '../../../dashboard/pages/agent/suggestion-editor.ts';
import {
  alerts,
  all,
  browser,
  choose,
  drawn,
  focus,
  get,
  has,
  mount,
  press,
  said,
  seen,
  statuses,
  textOf,
  toasts,
  until,
  valueOf,
  violations,
  write,
} from './stage.ts';

/** Questions `Q1` to `Qn` with answers `A1` to `An`. */
const questions = (count: number) =>
  Array.from({ length: count }, (_, index) => newQuestion(`Q${index + 1}`, `A${index + 1}`));

async function open(count: number, change: Partial<QuestionEditor> = {}): Promise<QuestionEditor> {
  return mount('agent-questions', QuestionEditor, { questions: questions(count), ...change });
}

const kept = ({ questions }: QuestionEditor) => questions.map(({ question, answer }) => `${question}/${answer}`);
const rows = () => [...document.querySelectorAll('.question-head b')].map(textOf);
const openRows = () =>
  all('button')
    .filter(({ ariaExpanded }) => ariaExpanded === 'true')
    .map(textOf);

describe('<agent-questions>', () => {
  it('opens one question at a time, and says which to a screen reader', async () => {
    await open(3);
    await press(/^Q1/);
    expect([valueOf('Question'), valueOf('Answer')]).to.deep.equal(['Q1', 'A1']);
    await press(/^Q2/);
    expect(openRows()).to.deep.equal(['Q2']);
    await press(/^Q2/);
    expect(openRows()).to.deep.equal([]);
  });

  it('what is typed is told at once, and stays with its question', async () => {
    const editor = await open(3);
    await press(/^Q2/);
    await write('Question', 'New?');
    await write('Answer', 'Yes.');
    expect(kept(editor)).to.deep.equal(['Q1/A1', 'New?/Yes.', 'Q3/A3']);
    await press(/^Q3/);
    expect(valueOf('Question')).to.equal('Q3');
  });

  it('other wordings are a line each, are searched, and come with a FAQ that is pasted', async () => {
    const editor = await open(1);
    await press(/^Q1/);
    await write(/^Other wordings/, 'One?\nTwo?');
    expect(editor.questions[0]?.aliases).to.deep.equal(['One?', 'Two?']);
    await press('Paste Markdown…');
    await write('Your FAQ', '# Q\nAlso asked: Three?\n\nA');
    await press('Add 1 question');
    expect(editor.questions[1]?.aliases).to.deep.equal(['Three?']);
    expect(searchQuestions(editor.questions, 'three')).to.deep.equal([editor.questions[1]]);
  });

  it('a wording is added once, as the last line, and its question is opened there', async () => {
    const editor = await open(30);
    const { id } = editor.questions[24]!;
    editor.addWording(id, 'Why?');
    editor.addWording(id, 'Why?');
    await until(() => focus().startsWith('textbox “Other wordings'));
    expect(valueOf(/^Other wordings/)).to.equal('Why?');
    expect(editor.questions[24]?.aliases).to.deep.equal(['Why?']);
  });

  it('a new one is added at the end, opened, and has the focus; a blank one is not added twice', async () => {
    const editor = await open(1);
    await press('Add question');
    await until(() => focus() === 'textbox “Question”');
    expect(kept(editor)).to.deep.equal(['Q1/A1', '/']);
    await press('Add question');
    expect(editor.questions).to.have.length(2);
    await browser.type('Typed');
    await drawn();
    expect(rows()).to.deep.equal(['Q1', 'Typed']);
  });

  it('Enter in a question leads to its answer, and saves nothing', async () => {
    await open(1);
    await press(/^Q1/);
    get('textbox', 'Question').focus();
    await browser.press('Enter');
    expect(focus()).to.equal('textbox “Answer”');
  });

  it('removing one gives the focus to the next, and Undo brings it back to its place', async () => {
    const editor = await open(3);
    await press(/^Q2/);
    await press('Remove this question');
    await until(() => focus().startsWith('button “Q3'));
    expect(kept(editor)).to.deep.equal(['Q1/A1', 'Q3/A3']);
    expect(toasts[0]?.message).to.equal('“Q2” is removed.');
    await press('Undo');
    expect(kept(editor)).to.deep.equal(['Q1/A1', 'Q2/A2', 'Q3/A3']);
    await until(() => focus() === 'textbox “Question”');
    expect(valueOf('Question')).to.equal('Q2');
  });

  it('removing the last one leads to the button for a new one', async () => {
    await open(1);
    await press(/^Q1/);
    await press('Remove this question');
    await until(() => focus() === 'button “Add question”');
    expect(seen()).to.contain('Write the first question');
  });

  it('Undo that is pressed late brings nothing back twice', async () => {
    const editor = await open(2);
    await press(/^Q1/);
    await press('Remove this question');
    const undo = toasts[0]!.action!.run;
    undo();
    undo();
    expect(kept(editor)).to.deep.equal(['Q1/A1', 'Q2/A2']);
  });

  describe('many of them', () => {
    it('are drawn a page at a time, with the place in words', async () => {
      await open(45);
      expect(rows()).to.have.length(20);
      expect(statuses()).to.include('1–20 of 45');
      await press('Next');
      await press('Next');
      expect(rows()).to.deep.equal(['Q41', 'Q42', 'Q43', 'Q44', 'Q45']);
      expect(get('button', 'Next').ariaDisabled).to.equal('true');
      await press('Next');
      expect(statuses()).to.include('41–45 of 45');
      await press('Previous');
      expect(rows()[0]).to.equal('Q21');
    });

    it('are searched in questions and answers, from the first page on', async () => {
      await open(45);
      await press('Next');
      await write('Search the questions and answers', 'a4', 'searchbox');
      expect(rows()).to.deep.equal(['Q4', 'Q40', 'Q41', 'Q42', 'Q43', 'Q44', 'Q45']);
      expect(statuses()).to.include('7 of 45');
    });

    it('one that is edited stays in sight though it no longer fits the search', async () => {
      await open(10);
      await write('Search the questions and answers', 'Q10', 'searchbox');
      await press(/^Q10/);
      await write('Question', 'Other');
      await write('Answer', 'Other');
      expect(valueOf('Answer')).to.equal('Other');
    });

    it('a new one is shown, whatever was searched for', async () => {
      await open(25);
      await write('Search the questions and answers', 'Q1', 'searchbox');
      await press('Add question');
      await until(() => focus() === 'textbox “Question”');
      expect(statuses()).to.include('21–26 of 26');
    });

    it('are few enough without a search', async () => {
      await open(7);
      expect(has('searchbox')).to.equal(false);
    });
  });

  it('a problem is marked on its line, and revealed on its page with the focus in its field', async () => {
    const editor = await open(30);
    const { id } = editor.questions[24]!;
    editor.problems = new Map([[`answer.${id}`, 'Write the answer.']]);
    expect(editor.revealProblem()).to.equal(true);
    await until(() => focus() === 'textbox “Answer”');
    expect([textOf(document.querySelector('.question.open')).includes('Look here'), alerts()]).to.deep.equal([
      true,
      ['Write the answer.'],
    ]);
    editor.problems = new Map();
    expect(editor.revealProblem()).to.equal(false);
  });

  describe('Markdown that is pasted', () => {
    const markdown = '# Shop\n\n## Where?\n\nHere.\n\n## When?\n\nNow.';

    it('shows what was found before anything is taken, and adds it', async () => {
      const editor = await open(1);
      await press('Paste Markdown…');
      await until(() => focus() === 'textbox “Your FAQ”');
      expect((get('button', /^Add 0/) as HTMLButtonElement).disabled).to.equal(true);
      await write('Your FAQ', markdown);
      expect(textOf(get('dialog'))).to.contain('2 questions found');
      expect(kept(editor)).to.deep.equal(['Q1/A1']);
      await press('Add 2 questions');
      expect(kept(editor)).to.deep.equal(['Q1/A1', 'Where?/Here.', 'When?/Now.']);
      expect(said.at(-1)).to.equal('2 questions taken over. Save to keep them.');
      expect(has('dialog')).to.equal(false);
    });

    it('replaces what is there only by a choice', async () => {
      const editor = await open(1);
      await press('Paste Markdown…');
      await write('Your FAQ', markdown);
      await choose('radio', 'Replace the 1 there');
      await press('Replace with 2 questions');
      expect(kept(editor)).to.deep.equal(['Where?/Here.', 'When?/Now.']);
    });

    it('without a question says what one is', async () => {
      await open(1);
      await press('Paste Markdown…');
      await write('Your FAQ', 'Only words.');
      expect(textOf(get('dialog'))).to.contain('No question found. A question is a line that begins with #');
      expect((get('button', /^Add 0/) as HTMLButtonElement).disabled).to.equal(true);
    });

    it('that would be too many is refused with the numbers', async () => {
      await open(1_999);
      await press('Paste Markdown…');
      await write('Your FAQ', markdown);
      expect(textOf(get('dialog'))).to.contain('An agent has at most 2,000 questions; these are 2,001.');
      expect((get('button', /^Add 2/) as HTMLButtonElement).disabled).to.equal(true);
    });
  });

  it('a viewer reads all of it and changes nothing', async () => {
    await open(2, { readOnly: true });
    await press(/^Q1/);
    expect((get('textbox', 'Answer') as HTMLTextAreaElement).readOnly).to.equal(true);
    expect(all('button').map(({ computedName }) => computedName)).to.deep.equal(['Q1', 'Q2 A2']);
  });

  for (const [name, act] of [
    ['closed', () => drawn()],
    ['with one open', () => press(/^Q1\b/)],
    ['with the dialog', () => press('Paste Markdown…')],
  ] as const) {
    it(`axe finds nothing in it ${name}`, async () => {
      await open(45);
      await act();
      expect(await violations()).to.deep.equal([]);
    });
  }
});

describe('<agent-suggestions>', () => {
  async function suggest(...texts: readonly string[]): Promise<SuggestionEditor> {
    const editor = await mount('agent-suggestions', SuggestionEditor, { suggestions: texts.map(newSuggestion) });
    editor.addEventListener('suggestions-change', (event) => {
      editor.suggestions = (event as CustomEvent<readonly DraftSuggestion[]>).detail;
    });
    return editor;
  }
  const textsOf = ({ suggestions }: SuggestionEditor) => suggestions.map(({ text }) => text);

  it('a new one has the focus; Enter adds the next one; six are all', async () => {
    const editor = await suggest('One?');
    await press('Add a suggestion');
    await until(() => focus() === 'textbox “Suggestion 2”');
    await browser.type('Two?');
    await browser.press('Enter');
    await until(() => focus() === 'textbox “Suggestion 3”');
    expect(textsOf(editor)).to.deep.equal(['One?', 'Two?', '']);
    for (let more = 0; more < 5; more += 1) await browser.press('Enter');
    await drawn();
    expect(editor.suggestions).to.have.length(6);
    expect(get('button', 'All 6 are there').ariaDisabled).to.equal('true');
  });

  for (const [name, act, order, told] of [
    ['its button', () => press('Move suggestion 1 down'), ['B', 'A', 'C'], 'Moved to 2 of 3.'],
    ['the other button', () => press('Move suggestion 3 up'), ['A', 'C', 'B'], 'Moved to 2 of 3.'],
    [
      'Alt and an arrow',
      async () => {
        get('textbox', 'Suggestion 1').focus();
        await browser.press('Alt+ArrowDown');
        await drawn();
      },
      ['B', 'A', 'C'],
      'Moved to 2 of 3.',
    ],
  ] as const) {
    it(`one is moved with ${name}: it is said, and the focus goes along`, async () => {
      const editor = await suggest('A', 'B', 'C');
      await act();
      expect([textsOf(editor), said]).to.deep.equal([order, [told]]);
      expect(focus()).to.match(/uggestion 2/);
    });
  }

  it('the first goes no further up, and the last no further down', async () => {
    const editor = await suggest('A', 'B');
    await press('Move suggestion 1 up');
    await press('Move suggestion 2 down');
    expect([textsOf(editor), said]).to.deep.equal([['A', 'B'], []]);
  });

  it('removing one says how many are left, and leads to the next', async () => {
    const editor = await suggest('A', 'B');
    await press('Remove suggestion 1');
    expect([textsOf(editor), said]).to.deep.equal([['B'], ['Removed. 1 left.']]);
    await until(() => focus() === 'textbox “Suggestion 1”');
    await press('Remove suggestion 1');
    await until(() => focus() === 'button “Add a suggestion”');
  });

  it('a problem stands at its own suggestion', async () => {
    const editor = await suggest('A', 'B');
    editor.problems = new Map([[`suggestion.${editor.suggestions[1]!.id}`, 'Too long.']]);
    await drawn();
    expect([get('textbox', 'Suggestion 2').ariaInvalid, alerts()]).to.deep.equal(['true', ['Too long.']]);
    expect(await violations()).to.deep.equal([]);
  });
});
