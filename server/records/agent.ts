export interface AgentRecord {
  readonly id: string;
  readonly organizationId: string;
  readonly kind: 'faq';
  readonly name: string;
  readonly description: string;
  readonly greeting: string;
  readonly suggestions: readonly string[];
  readonly creditsPerMessage: number;
  /** Visible to publishable calls. */
  readonly public: boolean;
  /** Changes with the agent's knowledge, so that what is built from it can be remembered under it. */
  readonly knowledgeId: string;
  /** The chat says that no human answers: in these words, or (null) in its own, in the visitor's language. */
  readonly disclosure: boolean;
  readonly disclosureText: string | null;
  readonly createdAt: number;
  /** Grows with every change, of the knowledge too. */
  readonly revision: number;
}

export type AgentChange = Partial<
  Pick<
    AgentRecord,
    | 'name'
    | 'description'
    | 'greeting'
    | 'suggestions'
    | 'creditsPerMessage'
    | 'public'
    | 'knowledgeId'
    | 'disclosure'
    | 'disclosureText'
  >
>;

export interface FaqEntry {
  readonly question: string;
  readonly answer: string;
}

/** What an agent answers from. Kept apart from the agent: a list of agents must not load it. */
export interface AgentKnowledge {
  readonly entries: readonly FaqEntry[];
}
