/** `postern doctor`: why the chat doesn't work on a page. It needs no database: it sees what any visitor could see. */
import { createAsker } from '../doctor/asker.ts';
import { checkPage } from '../doctor/check-page.ts';
import { unknown, type PageFinding, type PageReport } from '../doctor/finding.ts';
import { isPageAddress } from '../doctor/page-address.ts';
import { visitPage } from '../doctor/visit-page.ts';
import { systemClock } from '../gate/clock.ts';
import { UsageError, type Outcome, type PageCommand } from './command.ts';

const marks = { ok: '✓', wrong: '✗', unknown: '?' };

export const doctorCommands: readonly PageCommand[] = [
  {
    kind: 'page',
    name: 'doctor',
    about: 'why the chat does not work on a page, and what to change; exit code 1 when something is wrong',
    words: { URL: 'the page’s address, https://shop.example.com/' },
    options: { withoutBrowser: { about: 'looks at the page’s HTML alone, and starts no browser' } },
    async run({ words, values, browserPath }) {
      const url = readPageUrl(words[0] ?? '');
      // Whoever types a command on this machine may reach what it reaches.
      const asker = createAsker({ isPrivateAllowed: true });
      try {
        const isBrowserWanted = values.withoutBrowser !== true;
        const report = await checkPage(url, {
          asker,
          now: systemClock,
          ...(isBrowserWanted && browserPath !== undefined && { visit: (page) => visitPage(page, { browserPath }) }),
        });
        return describeReport(isBrowserWanted && browserPath === undefined ? withHint(report) : report);
      } finally {
        await asker.close();
      }
    },
  },
];

function withHint(report: PageReport): PageReport {
  const hint = unknown(
    'browser',
    'No browser was found on this machine: what only scripts show was not seen.',
    'Install Chrome or Chromium, or name one in CHROME_PATH.',
  );
  return { ...report, findings: [...report.findings, hint] };
}

function readPageUrl(text: string): URL {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (isPageAddress(withScheme)) return new URL(withScheme);
  throw new UsageError('URL must be the address of a page, such as https://shop.example.com/, without a password.');
}

function describeReport(report: PageReport): Outcome {
  const complaints = report.findings.filter(({ result }) => result === 'wrong').length;
  const closing =
    complaints === 0
      ? 'Nothing wrong was found.'
      : `${complaints} ${complaints === 1 ? 'thing is' : 'things are'} wrong.`;
  return {
    json: report,
    text: [...report.findings.map(lineOf), '', closing].join('\n'),
    isNo: complaints > 0,
  };
}

function lineOf({ result, sentence, fix, paste }: PageFinding): string {
  const toDo = fix === null ? '' : ` → ${fix}`;
  return `${marks[result]} ${sentence}${toDo}${paste === null ? '' : `\n    ${paste}`}`;
}
