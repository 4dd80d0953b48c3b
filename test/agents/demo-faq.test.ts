import { describe, expect, it } from 'vitest';
import { createFaqAgent } from '../../server/agents/faq.ts';
import { createKnowledgeSearch } from '../../server/agents/knowledge-search.ts';
import { faqEntries } from '../../server/agents/faq-source.ts';
import { parseFaqMarkdown } from '../../server/agents/faq-markdown.ts';
import { readRepositoryFile } from '../support/repository.ts';

const entries = faqEntries.parse(parseFaqMarkdown(readRepositoryFile('demo/faq.md')));
const agent = createFaqAgent(await createKnowledgeSearch({ entries }));

async function ask(text: string): Promise<string> {
  let answer = '';
  for await (const piece of agent.answer([{ role: 'user', text }], new AbortController().signal)) {
    if (typeof piece === 'string') answer += piece;
  }
  return answer;
}

/** The question whose answer was given. */
async function questionAnswered(text: string): Promise<string | undefined> {
  const answer = await ask(text);
  return entries.find((entry) => entry.answer === answer)?.question;
}

describe('the demo FAQ', () => {
  it('has short answers with safe Markdown: no HTML, no images, http links only', () => {
    expect(entries.length).toBeGreaterThanOrEqual(18);
    for (const { question, answer } of entries) {
      expect(answer.length, question).toBeLessThanOrEqual(520);
      expect(answer, question).not.toMatch(/!\[|<[a-z/!]|\]\((?!https?:)/i);
    }
  });

  it.each([
    ['what is this postern thing', 'What is Postern?'],
    [
      'whats the difference between pk and sk keys?',
      'What is the difference between the publishable and the secret key?',
    ],
    ['Can I put the publishable key in my HTML, is it secret?', 'Is the publishable key a secret?'],
    ['my site is blocked, how can I add a domain', 'How do I allow my domain?'],
    ['does a wildcard cover every subdomain?', 'How do I allow all subdomains?'],
    ['restrict a key to https', 'How do I limit a key to https, or to one port?'],
    ['Using it on localhost during development', 'How do I use a key on localhost while I develop?'],
    ['I get origin_not_allowed', 'What does the error origin_not_allowed mean?'],
    ['curl says origin_missing', 'Why do I get origin_missing or origin_opaque?'],
    ['the answer is key_invalid, why', 'Why do I get key_invalid or credentials_malformed?'],
    ['make a new key', 'How do I create a new key?'],
    ['rotating the secret', 'How do I rotate a secret?'],
    ['I have lost the secret, can you show it again?', 'I lost my secret key. Can I see it again?'],
    ['turn a key off / disable it', 'How do I disable a key?'],
    ['remove a key permanently (delete)', 'How do I delete a key?'],
    ['Is a revoked key refused immediately or cached?', 'Does a revoked key stop working at once?'],
    ['what if someone steals my public key from the page', 'Can somebody steal my publishable key?'],
    ['how much does a message cost in credits?', 'What are credits?'],
    ['Is there a rate limit? I see rate_limited', 'What are the rate limits?'],
    ['does it work with mongodb', 'How do I use MongoDB?'],
    ['how should I back up my data? backups', 'How do I make a backup?'],
    ['call it from a backend using curl', 'How do I call the API from my backend with curl?'],
    ['check a visitor key on my own server: verify', "How does my backend verify a visitor's key?"],
    ['which personal data do you store?', 'What data is stored, and for how long?'],
    ['our CSP blocks it: content security policy', 'What does my Content Security Policy need?'],
    ['we use nginx as reverse proxy', 'How do I run it behind a proxy such as nginx?'],
    ['streaming replies with fetch', 'How do I stream a reply?'],
    ['is there a dashboard?', 'Is there a dashboard, or a widget for my page?'],
    ['are secrets encrypted at rest', 'How is a secret stored? Is it encrypted?'],
    ['can keys expire?', 'How do I make a key that expires?'],
    ['CORS error', 'Why does the console show a CORS error or a NetworkError?'],
    ['where is the postern command line', 'How do I run the postern command?'],
    ['port already taken', 'What if port 3000 is taken?'],
    ['how do I install it?', 'How do I install and start Postern?'],
    ['what can a stolen key cost me, how much can be spent?', 'How much can a copied key spend?'],
    ['does it work with a language model such as ollama?', 'Can a language model answer?'],
    ['where can I read what my visitors asked', 'Where do I see what visitors asked?'],
    ['the chat does not appear on the page', 'Why does the chat not appear on my page?'],
    ['do you have webhooks', 'Can I be told when something happens?'],
    ['How long does delivery take?', 'What does this shop sell, and does it deliver?'],
    ['How fast is shipping?', 'What does this shop sell, and does it deliver?'],
    ['where is my order', 'What does this shop sell, and does it deliver?'],
    ['can I return my shoes?', 'What does this shop sell, and does it deliver?'],
  ])('"%s" is answered by "%s"', async (text, question) => {
    expect(await questionAnswered(text)).toBe(question);
  });

  it.each(['Which wine goes with grilled salmon?', 'Who won the football match yesterday?', 'asdf qwertz'])(
    '"%s" has no answer, and only questions that exist are offered',
    async (text) => {
      const answer = await ask(text);
      expect(answer).toMatch(/^I have no answer to that\./);
      const offered = [...answer.matchAll(/^- (.+)$/gm)].map((line) => line[1]);
      for (const question of offered) expect(entries.map((entry) => entry.question)).toContain(question);
    },
  );

  it.each(entries.map(({ question }) => question))('"%s" is answered by itself', async (question) => {
    expect(await questionAnswered(question)).toBe(question);
  });
});
