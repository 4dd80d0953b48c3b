import { readFileSync } from 'node:fs';
import type { Upstream } from '../agents/upstream.ts';
import type { AgentRecord } from '../records/agent.ts';
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
  flagOf,
  given,
  RefusedError,
  refusedBy,
  textOf,
  UsageError,
  wholeNumber,
  type Command,
  type Values,
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
    about: 'make an agent that answers from a FAQ, or by a language model',
    options: {
      name: { takes: 'NAME', about: 'what visitors see', isRequired: true },
      faq: { takes: 'FILE', about: 'its answers, or what a model knows: a .json or .md file' },
      model: { takes: 'UPSTREAM/MODEL', about: 'the model that answers, of a server in AGENT_UPSTREAMS' },
      instructions: { takes: 'FILE', about: 'a text file: what the model is told before any message' },
      outputTokens: { takes: 'N', about: 'the most tokens of a model’s answer (1000 unless given, 8000 at most)' },
      onlyFromFaq: { about: 'a model says that it does not know where the FAQ has nothing that fits' },
      callerInstructions: { about: 'calls with the pair may add instructions to those of a model' },
      public: { about: 'web pages may ask it' },
      disclosure: {
        takes: 'WORDS|off',
        about: 'how the chat says that no human answers (in its own words unless given)',
        field: 'disclosureText',
      },
      price: { takes: 'N', about: 'credits for a message, at most (1 unless given)', field: 'creditsPerMessage' },
      tokenPrice: { takes: 'N', about: 'credits for 1,000 tokens of a model, such as 0.5; at most the price' },
      org,
    },
    async run(tools) {
      const { store, values } = tools;
      const input = check(agentInput, {
        name: given(values, 'name'),
        public: values.public === true,
        creditsPerMessage: wholeNumber(values, 'price'),
        ...readDisclosure(textOf(values, 'disclosure')),
        faq: readFaq(textOf(values, 'faq')),
        model: readModel(values),
      });
      const { id: organizationId } = await findOrganization(tools);
      const { agent, knowledge } = allowed(await managerOf(store, tools.readUpstreams()).create(organizationId, input));
      const answers = knowledge.entries.length;
      return {
        json: presentAgent(agent),
        text: `Agent ${agent.id} (${agent.name}) ${describe(agent, answers)}.`,
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

function managerOf(store: Store, upstreams: readonly Upstream[] = []) {
  return createAgentManager({ store, clock: systemClock, actor: commandLine, upstreams });
}

function readDisclosure(words: string | undefined): object {
  return words === 'off' ? { disclosure: false } : { disclosureText: words };
}

function describe({ model }: AgentRecord, answers: number): string {
  const knows = `${answers} ${answers === 1 ? 'answer' : 'answers'}`;
  if (model === null) return `with ${knows}`;
  return `by ${model.upstream}/${model.name}${answers === 0 ? '' : `, which knows ${knows}`}`;
}

const ofModels = ['instructions', 'outputTokens', 'onlyFromFaq', 'callerInstructions', 'tokenPrice'];

/** A model's name may have slashes, an upstream's has none. */
function readModel(values: Values): object | undefined {
  const text = textOf(values, 'model');
  const lonely = ofModels.find((name) => values[name] !== undefined && values[name] !== false);
  if (text === undefined && lonely !== undefined) throw new UsageError(`${flagOf(lonely)} needs --model.`);
  if (text === undefined) return undefined;
  const [, upstream, name] = /^([^/]+)\/(.+)$/.exec(text) ?? [];
  if (upstream === undefined) throw new UsageError('--model must be UPSTREAM/MODEL, such as ollama/llama3.2.');
  const path = textOf(values, 'instructions');
  const tokenPrice = textOf(values, 'tokenPrice');
  if (tokenPrice !== undefined && !/^\d{1,4}(\.\d{1,3})?$/.test(tokenPrice)) {
    throw new UsageError('--token-price must be a number with at most three decimals, such as 0.5.');
  }
  return {
    upstream,
    name,
    ...(path !== undefined && { instructions: readText(path) }),
    ...(values.outputTokens !== undefined && { outputTokensMax: wholeNumber(values, 'outputTokens') }),
    ...(tokenPrice !== undefined && { creditsPer1000Tokens: Number(tokenPrice) }),
    ...(values.onlyFromFaq === true && { answersOnlyFromKnowledge: true }),
    ...(values.callerInstructions === true && { allowCallerInstructions: true }),
  };
}

function readFaq(path: string | undefined): unknown {
  if (path === undefined) return undefined;
  if (!/\.(json|md|markdown)$/i.test(path)) throw new UsageError('--faq needs a file that ends in .json or .md.');
  const content = readText(path);
  if (!path.toLowerCase().endsWith('.json')) return parseFaqMarkdown(content);
  try {
    return JSON.parse(content);
  } catch {
    throw new RefusedError(`${path} is not valid JSON.`);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new RefusedError(`${path} can not be read.`);
  }
}
