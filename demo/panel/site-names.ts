/** The names of sites: any host under `.localhost`, on the server's own port. */
import { parseOrigin } from '../../server/gate/origin.ts';
import { isRefusal, type No } from '../../server/gate/problem.ts';

const sitesMax = 20;

export function originOf(name: string): string {
  const { protocol, port } = location;
  return `${protocol}//${name}.localhost${port === '' ? '' : `:${port}`}`;
}

/** The origin of a name as people type it (`help.evil`, or a whole address), or what is wrong with it. */
export function readSite(
  text: string,
  shown: readonly string[],
): { readonly origin: string } | (No & { readonly problem: string }) {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/(\.localhost)?(:\d+)?\/?$/, '');
  const origin = originOf(name);
  if (isRefusal(parseOrigin(origin)) || origin === location.origin) {
    return { ok: false, problem: 'Write a name of letters, digits, hyphens and dots, such as help.evil.' };
  }
  if (shown.includes(origin)) return { ok: false, problem: 'This site is shown already.' };
  if (shown.length >= sitesMax) return { ok: false, problem: `No more than ${sitesMax} sites at a time.` };
  return { origin };
}
