/**
 * Text that is not the owner's, made safe to put beside theirs: it stays readable, and can't pass for another role, for the end of
 * its own block, or for a token with which a model's template begins a message. Nothing invisible stays in it, and no secret key.
 */
import { hideSecrets } from '../records/secret-text.ts';

/** What our blocks and the templates of models are made of: `<|im_start|>`, `<｜User｜>`, `[INST]`, `<<SYS>>`, `<start_of_turn>`, `<s>`. */
const tags = [
  ...['s', 'bos', 'eos', 'pad', 'unk', 'mask', 'think', 'thinking', 'reasoning', 'start_of_turn', 'end_of_turn'],
  ...[
    'visitor',
    'visitor_message',
    'passage',
    'passages',
    'knowledge',
    'system',
    'assistant',
    'user',
    'human',
    'developer',
    'ai',
  ],
  ...[
    'instruction',
    'instructions',
    'tool',
    'tools',
    'tool_call',
    'tool_response',
    'function',
    'function_call',
    'message',
    'turn',
  ],
  ...[
    'begin_of_text',
    'end_of_text',
    'im_start',
    'im_end',
    'eot_id',
    'prompt',
    'system_prompt',
    'override',
    'admin',
    'context',
  ],
];
const templateSigns = new RegExp(
  `<(?=[|｜<]|[ \\t]?/?[ \\t]?(?:${tags.join('|')})(?![\\w-]))|(?<=[|｜])>|\\[(?=/?(?:INST|SYS|AVAILABLE_TOOLS|TOOL_|SYSTEM_PROMPT))`,
  'gi',
);

/** Lines with which older templates begin a turn, in whatever decoration. */
const roleLines =
  /^([ \t#>*_=-]{0,20})(system|assistant|developer|user|human|ai|bot|instructions?|tool|function)(?=[ \t*_]{0,20}[:：]|[ \t#*_=-]{0,40}$)/gimu;

/** Signs that nobody sees. What joins emoji and letters stays, and line breaks and tabs. */
const unseen =
  /(?![\t\n\u200C\u200D\uFE0F])[\p{Cc}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\u2800\u202A-\u202E\u2066-\u2069]/gu;

export function quoteText(text: string): string {
  return hideSecrets(text.replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n').replace(unseen, ''))
    .replace(templateSigns, (sign) => (sign === '>' ? ' >' : `${sign} `))
    .replace(roleLines, '$1"$2"');
}
