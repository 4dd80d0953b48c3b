import { describe, expect, it } from 'vitest';
import { exportedNames, takenNames } from '../support/exports.ts';
import { repositoryFiles, sourceFiles } from '../support/repository.ts';

/** Where others come in: what the package publishes, what a tool reads, what the build puts in place of Lit's own. */
const entries = /(^|\/)(index|[\w-]+\.config|global-setup)\.ts$|^widget\/lit-page\.ts$/;

/** Exported for a test alone, which needs the number or the part by itself. */
const forTestsAlone = [
  'dashboard/pages/audit/facts.ts toText',
  'server/accounts/forgotten-passwords.ts resetsMailed',
  'server/accounts/mail-invitation.ts invitationsMailed',
  'server/accounts/passwords.ts hashPassword',
  'server/accounts/sign-in-limiter.ts SignInTry',
  'server/agents/assemble-prompt.ts historyLengthMax',
  'server/agents/assemble-prompt.ts passagesLengthMax',
  'server/agents/faq-source.ts faqEntries',
  'server/chat/converse.ts TurnRequest',
  'server/chat/find-conversations.ts lookedAtMax',
  'server/commands/record-digest.ts canonicalJson',
  'server/gate/domain-hint.ts hostItself',
  'server/gate/domain-hint.ts httpsOnly',
  'server/gate/domain-hint.ts writeBothWays',
  'server/gate/domain-pattern.ts patternProblemSentences',
  'server/gate/key-format.ts isSecretKey',
  'server/http/open-requests.ts openRequestsMax',
  'server/http/open-requests.ts openStreamsMax',
  'server/logger.ts withoutSecrets',
  'server/records/usage-day.ts OriginUsage',
  'server/records/usage-day.ts busiestOriginsMax',
  'server/records/usage-evidence.ts addressGroupsMax',
  'server/start.ts StartOptions',
  'server/store/watch.ts StoreWatch',
  'server/sweep.ts sweepConversations',
  'server/usage/own-windows.ts windowsMax',
  'server/webhooks/send.ts SenderOptions',
  'widget/answer.ts readRetryAfter',
  'widget/event-stream.ts StreamEvent',
  'widget/i18n/language.ts languages',
  'widget/i18n/language.ts pickLanguage',
];

const isTest = (path: string): boolean => /^(test|bench)\//.test(path);
const checked = sourceFiles.filter(
  (path) =>
    /^(server|ui|widget|dashboard|demo|reference|test\/support)\//.test(path) &&
    !entries.test(path) &&
    !path.endsWith('.d.ts'),
);
const takers = [...sourceFiles, ...repositoryFiles.filter((path) => path.endsWith('.js'))];
const takenFrom = new Map(takers.map((path) => [path, takenNames(path).map(({ file, name }) => `${file} ${name}`)]));

function takenBy(isTaker: (path: string) => boolean): ReadonlySet<string> {
  return new Set(takers.filter(isTaker).flatMap((path) => takenFrom.get(path) ?? []));
}

/** The file and the name, for each that it exports and nobody takes. */
function leftOver(path: string, taken: ReadonlySet<string>): readonly string[] {
  if (taken.has(`${path} *`)) return [];
  const given = exportedNames(path).map((name) => `${path} ${name}`);
  return given.filter((name) => !taken.has(name));
}

describe('exports', () => {
  it('none is there that nobody imports', () => {
    const takenByAll = takenBy(() => true);
    expect(checked.flatMap((path) => leftOver(path, takenByAll))).toEqual([]);
  });

  it('those that only tests import are listed, and no others', () => {
    const takenByPrograms = takenBy((path) => !isTest(path));
    const found = checked.filter((path) => !isTest(path)).flatMap((path) => leftOver(path, takenByPrograms));
    expect(found.sort()).toEqual(forTestsAlone.toSorted());
  });

  it('what a file gives is seen in every form', () => {
    const text = `
      export const one = 1, { two, three: [four] } = found;
      export async function five() { const inside = 5; }
      export interface Six {} export type Seven = 7; export abstract class Eight {} export enum Nine {}
      export { ten, eleven as twelve } from './ten.ts';
      export default one;`;
    expect(exportedNames('server/one.ts', text)).toEqual(
      ['one', 'two', 'four', 'five', 'Six', 'Seven', 'Eight', 'Nine', 'ten', 'twelve', 'default'], // in their order
    );
  });

  it.each([
    [`import { one, two as other } from './two.ts';`, ['one', 'two']],
    [`import type { One } from './two.ts';`, ['One']],
    [`import one, { type Two } from './two.ts';`, ['default', 'Two']],
    [`import * as all from './two.ts';`, ['*']],
    [`export { one as other } from './two.ts';`, ['one']],
    [`export * from './two.ts';`, ['*']],
    [`const all = await import('./two.ts');`, ['*']],
    [`type One = import('./two.ts').One;`, ['One']],
    [`import './two.ts'; import { one } from 'two'; const local = 1; export { local };`, []],
  ])('what a file takes is seen: %s', (text, names) => {
    expect(takenNames('server/one.ts', text)).toEqual(names.map((name) => ({ file: 'server/two.ts', name })));
  });
});
