import { readFileSync } from 'node:fs';
import { agentInput } from '../agents/agent-input.ts';
import { createAgentManager } from '../agents/manage.ts';
import { commandLine } from '../audit/audit.ts';
import { parseFaqMarkdown } from '../core/faq-markdown.ts';
import { systemClock } from '../core/clock.ts';
import { presentAgent } from '../http/present.ts';
import {
  allowed,
  check,
  flag,
  RefusedError,
  required,
  text,
  UsageError,
  wholeNumber,
  type Command,
} from './command.ts';

export const agentCommands: Readonly<Record<string, Command>> = {
  'agents create': {
    options: { org: text, name: text, faq: text, public: flag, price: text },
    positionals: [],
    async run({ store, values }) {
      const organizationId = required(values, 'org');
      const input = check(agentInput, {
        name: required(values, 'name'),
        public: values.public === true,
        creditsPerMessage: wholeNumber(values, 'price'),
        faq: readFaq(required(values, 'faq')),
      });
      const agents = createAgentManager({ store, clock: systemClock, actor: commandLine });
      const { agent, knowledge } = allowed(await agents.create(organizationId, input));
      const answers = knowledge.entries.length;
      return {
        json: presentAgent(agent),
        text: `Agent ${agent.id} (${agent.name}) with ${answers} ${answers === 1 ? 'answer' : 'answers'}.`,
      };
    },
  },
};

function readFaq(path: string): unknown {
  if (!/\.(json|md|markdown)$/i.test(path)) throw new UsageError('--faq needs a file that ends in .json or .md.');
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch {
    throw new RefusedError(`${path} can not be read.`);
  }
  if (!path.toLowerCase().endsWith('.json')) return parseFaqMarkdown(content);
  try {
    return JSON.parse(content);
  } catch {
    throw new RefusedError(`${path} is not valid JSON.`);
  }
}
