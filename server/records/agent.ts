/** What a model agent answers with. */
export interface AgentModel {
  /** One of the operator's upstreams, by its name. */
  readonly upstream: string;
  /** As that upstream calls the model. */
  readonly name: string;
  readonly instructions: string;
  /** Of one answer. */
  readonly outputTokensMax: number;
  /** Null: a message costs its whole price. Thousandths at the finest. */
  readonly creditsPer1000Tokens: number | null;
  /** It says that it does not know where its knowledge has nothing that fits. */
  readonly answersOnlyFromKnowledge: boolean;
  /** What a call with the pair says as `system` or `developer` is told to the model, after the instructions. */
  readonly allowCallerInstructions: boolean;
}

export interface AgentRecord {
  readonly id: string;
  readonly organizationId: string;
  readonly kind: 'faq' | 'model';
  readonly name: string;
  readonly description: string;
  readonly greeting: string;
  readonly suggestions: readonly string[];
  /** The most that a message costs. */
  readonly creditsPerMessage: number;
  /** Visible to publishable calls. */
  readonly public: boolean;
  /** Changes with the agent's knowledge, so that what is built from it can be remembered under it. */
  readonly knowledgeId: string;
  /** The chat says that no human answers: in these words, or (null) in its own, in the visitor's language. */
  readonly disclosure: boolean;
  readonly disclosureText: string | null;
  /** Groups of words that mean the same to this agent, beside those that are known of its language. A part of its knowledge. */
  readonly synonyms: readonly (readonly string[])[];
  /** Null: it answers from its knowledge alone. */
  readonly model: AgentModel | null;
  readonly createdAt: number;
  /** Grows with every change, of the knowledge too. */
  readonly revision: number;
}

export type AgentChange = Partial<
  Pick<
    AgentRecord,
    | 'kind'
    | 'name'
    | 'description'
    | 'greeting'
    | 'suggestions'
    | 'creditsPerMessage'
    | 'public'
    | 'knowledgeId'
    | 'disclosure'
    | 'disclosureText'
    | 'synonyms'
    | 'model'
  >
>;

export interface FaqEntry {
  readonly question: string;
  /** Other wordings of the question, by which it is found too. */
  readonly aliases: readonly string[];
  readonly answer: string;
}

/** What an agent answers from. Kept apart from the agent: a list of agents must not load it. */
export interface AgentKnowledge {
  readonly entries: readonly FaqEntry[];
}
