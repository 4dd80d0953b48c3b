import type { Upstream } from '../agents/upstream.ts';
import type { AgentRecord } from '../records/agent.ts';
import { agentInput, agentPatch } from '../agents/agent-input.ts';
import { createAgentManager } from '../agents/manage.ts';
import { commandLine } from '../audit/audit.ts';
import { parseFaqMarkdown } from '../agents/faq-markdown.ts';
import { systemClock } from '../gate/clock.ts';
import { presentOwnAgent } from '../http/present.ts';
import type { Store } from '../store/port.ts';
import { modelOptions, readModel, readModelChange, readText } from './agent-model-options.ts';
import {
  allowed,
  check,
  given,
  RefusedError,
  refusedBy,
  textOf,
  UsageError,
  readSwitch,
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
    about: 'make an agent that answers from a FAQ, or by a language model',
    options: {
      name: { takes: 'NAME', about: 'what visitors see', isRequired: true },
      faq: { takes: 'FILE', about: 'its answers, or what a model knows: a .json or .md file' },
      model: { takes: 'UPSTREAM/MODEL', about: 'the model that answers, of a server in AGENT_UPSTREAMS' },
      ...modelOptions,
      onlyFromFaq: { about: 'a model says that it does not know where the FAQ has nothing that fits' },
      callerInstructions: { about: 'calls with the pair may add instructions to those of a model' },
      public: { about: 'web pages may ask it' },
      disclosure: {
        takes: 'WORDS|off',
        about: 'how the chat says that no human answers (in its own words unless given)',
        field: 'disclosureText',
      },
      price: { takes: 'N', about: 'credits for a message, at most (1 unless given)', field: 'creditsPerMessage' },
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
        model: readModel(values, {
          onlyFromFaq: values.onlyFromFaq === true,
          callerInstructions: values.callerInstructions === true,
        }),
      });
      const { id: organizationId } = await findOrganization(tools);
      const { agent, knowledge } = allowed(await managerOf(store, tools.readUpstreams()).create(organizationId, input));
      const answers = knowledge.entries.length;
      return {
        json: presentOwnAgent(agent),
        text: `Agent ${agent.id} (${agent.name}) ${describe(agent, answers)}.`,
      };
    },
  },

  {
    kind: 'records',
    name: 'agents edit',
    about: 'change an agent, and leave what is not named',
    words: { AGENTID: 'agt_…' },
    options: {
      name: { takes: 'NAME', about: 'what visitors see' },
      faq: { takes: 'FILE', about: 'all its answers anew: a .json or .md file' },
      model: { takes: 'UPSTREAM/MODEL|off', about: 'the model that answers; off: its FAQ alone does' },
      ...modelOptions,
      tokenPrice: { ...modelOptions.tokenPrice, takes: 'N|off' },
      onlyFromFaq: { takes: 'on|off', about: 'a model says that it does not know where the FAQ has nothing that fits' },
      callerInstructions: { takes: 'on|off', about: 'calls with the pair may add instructions to those of a model' },
      public: { takes: 'on|off', about: 'web pages may ask it' },
      disclosure: {
        takes: 'WORDS|on|off',
        about: 'how the chat says that no human answers; on: in its own words',
        field: 'disclosureText',
      },
      price: { takes: 'N', about: 'credits for a message, at most', field: 'creditsPerMessage' },
      org: orgOf,
    },
    async run(tools) {
      const { store, values } = tools;
      const [agentId = ''] = tools.words;
      const switches = {
        onlyFromFaq: readSwitch(values, 'onlyFromFaq'),
        callerInstructions: readSwitch(values, 'callerInstructions'),
      };
      const patch = check(agentPatch, {
        name: textOf(values, 'name'),
        public: readSwitch(values, 'public'),
        creditsPerMessage: wholeNumber(values, 'price'),
        ...readDisclosureChange(textOf(values, 'disclosure')),
        faq: readFaq(textOf(values, 'faq')),
        model: values.model === 'off' ? null : readModelChange(values, switches),
      });
      if (Object.keys(patch).length === 0) throw new UsageError('Say what to change: agents edit --help lists it.');
      const manager = managerOf(store, tools.readUpstreams());
      const edited = allowed(await manager.edit(await findOrganizationOfAgent(tools, agentId), agentId, patch));
      const { agent, knowledge } = edited;
      return {
        json: presentOwnAgent(agent),
        text: `Agent ${agent.id} (${agent.name}) answers ${describe(agent, knowledge.entries.length)}.`,
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

function readDisclosureChange(words: string | undefined): object {
  if (words === 'on') return { disclosure: true, disclosureText: null };
  return words === undefined || words === 'off' ? readDisclosure(words) : { disclosure: true, disclosureText: words };
}

function describe({ model }: AgentRecord, answers: number): string {
  const knows = `${answers} ${answers === 1 ? 'answer' : 'answers'}`;
  if (model === null) return `with ${knows}`;
  return `by ${model.upstream}/${model.name}${answers === 0 ? '' : `, which knows ${knows}`}`;
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
