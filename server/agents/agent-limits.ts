/** How long the texts of an agent may be, and how many there may be: the schemas take no more, and the editor says so. */
export const agentLimits = {
  name: 100,
  description: 500,
  greeting: 500,
  disclosureText: 200,
  suggestions: 6,
  suggestion: 100,
  price: 1_000,
  questions: 2_000,
  question: 300,
  /** Of one question; each as long as a question. */
  aliases: 20,
  answer: 10_000,
  /** Of the texts of all questions and answers: what one change of an agent may have. */
  knowledgeBytes: 1024 * 1024,
  synonymGroups: 50,
  /** Of one group; each may be of several words. */
  synonyms: 10,
  synonym: 40,
  upstream: 64,
  modelName: 200,
  instructions: 20_000,
  /** What an upstream may send, and for how long, is enough for so many (`upstream-fetch.ts`, `chat/converse.ts`). */
  outputTokens: 8_000,
  creditsPer1000Tokens: 1_000,
  usualOutputTokens: 1_000,
} as const;
