/** What a browser's visit shows that the page's HTML does not. */
import { ok, wrong, type PageFinding } from './finding.ts';
import { othersWords } from './others-words.ts';
import type { Visit } from './visit-page.ts';

export function describeVisit({ browser, chat, lines }: Visit): PageFinding {
  const [line] = lines;
  if (line !== undefined) {
    const { detail, fix } = readLine(line);
    return wrong(
      'browser',
      `In ${browser} the chat does not work: ${othersWords(detail) ?? 'it does not say why.'}`,
      othersWords(fix) ?? 'The browser’s console has the whole line: look for [postern].',
    );
  }
  switch (chat) {
    case 'opened':
      return ok('browser', `In ${browser} the chat opened.`);
    case 'absent':
      return wrong(
        'browser',
        `In ${browser} the chat’s button is not to be seen.`,
        'Look whether a script of the page removes <postern-chat>, or a style or a blocker hides it.',
      );
    case 'covered':
      return wrong(
        'browser',
        `In ${browser} the chat’s button can’t be pressed: something of the page lies over it.`,
        'Move what lies over the corner, or put the chat on the other side.',
        'data-position="start"',
      );
    case 'closed':
      return wrong(
        'browser',
        `In ${browser} the chat does not open, and does not say why.`,
        'Look into the browser’s console for what the page’s own scripts say.',
      );
  }
}

/** As `widget/report.ts` and the loader write it. */
function readLine(line: string): { readonly detail: string; readonly fix: string | undefined } {
  const [detail = '', rest = ''] = line.replace(/^\[postern\] (?:[a-z_]+: )?/, '').split('Page origin: ', 2);
  return { detail, fix: rest.split(' Fix: ', 2)[1] };
}
