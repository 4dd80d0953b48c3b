import { readFileSync } from 'node:fs';
import { agentInput } from '../agents/agent-input.ts';
import { createAgentManager } from '../agents/manage.ts';
import { commandLine } from '../audit/audit.ts';
import { parseFaqMarkdown } from '../agents/faq-markdown.ts';
import { systemClock } from '../gate/clock.ts';
import { presentAgent, presentOwnAgent } from '../http/present.ts';
import type { Store } from '../store/port.ts';
import {
  allowed,
  check,
  given,
  RefusedError,
  refusedBy,
  textOf,
  UsageError,
  wholeNumber,
  type Command,
} from './command.ts';
import { allPages, findOrganization, findOrganizationOfAgent, org, orgOf } from './find.ts';
import { table } from './table.ts';

export const agentCommands: readonly Command[] = [
  {
    kind: 'records',
    name: 'agents list',
    about: 'the agents of an organization, newest first',
    options: { org },
    async run(tools) {
      const { id: organizationId } = await findOrganization(tools);
      const agents = await allPages((page) => managerOf(tools.store).list(organizationId, page));
      const rows = agents.map(({ id, creditsPerMessage, name, public: isPublic }) => [
        id,
        isPublic ? 'public' : 'private',
        `${creditsPerMessage} a message`,
        name,
      ]);
      return { json: { data: agents.map(presentOwnAgent) }, text: table(rows, 'No agents yet.') };
    },
  },

  {
    kind: 'records',
    name: 'agents create',
    about: 'make an agent that answers from a FAQ',
    options: {
      name: { takes: 'NAME', about: 'what visitors see', isRequired: true },
      faq: { takes: 'FILE', about: 'its answers: a .json or .md file', isRequired: true },
      public: { about: 'web pages may ask it' },
      disclosure: {
        takes: 'WORDS|off',
        about: 'how the chat says that no human answers (in its own words unless given)',
        field: 'disclosureText',
      },
      price: { takes: 'N', about: 'credits for a message (1 unless given)', field: 'creditsPerMessage' },
      org,
    },
    async run(tools) {
      const { store, values } = tools;
      const input = check(agentInput, {
        name: given(values, 'name'),
        public: values.public === true,
        creditsPerMessage: wholeNumber(values, 'price'),
        ...readDisclosure(textOf(values, 'disclosure')),
        faq: readFaq(given(values, 'faq')),
      });
      const { id: organizationId } = await findOrganization(tools);
      const { agent, knowledge } = allowed(await managerOf(store).create(organizationId, input));
      const answers = knowledge.entries.length;
      return {
        json: presentAgent(agent),
        text: `Agent ${agent.id} (${agent.name}) with ${answers} ${answers === 1 ? 'answer' : 'answers'}.`,
      };
    },
  },

  {
    kind: 'records',
    name: 'agents delete',
    about: 'delete an agent for good',
    words: { AGENTID: 'agt_…' },
    options: { org: orgOf },
    async run(tools) {
      const [agentId = ''] = tools.words;
      const refusal = await managerOf(tools.store).remove(await findOrganizationOfAgent(tools, agentId), agentId);
      if (refusal !== undefined) throw refusedBy(refusal);
      return { json: { id: agentId, deleted: true }, text: `Agent ${agentId} is deleted.` };
    },
  },
];

function managerOf(store: Store) {
  return createAgentManager({ store, clock: systemClock, actor: commandLine });
}

function readDisclosure(words: string | undefined): object {
  return words === 'off' ? { disclosure: false } : { disclosureText: words };
}

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
