/** Whether the script that the tag names is there, and is what the tag's `integrity` says. */
import { createHash } from 'node:crypto';
import { AskError, type Asker } from './asker.ts';
import { ok, unknown, wrong, type PageFinding } from './finding.ts';
import type { InstalledTag } from './installed-tag.ts';

const scriptBytesMax = 512 * 1024;
const redirectsOfScriptMax = 3;

export async function checkScript(asker: Asker, { script, integrity }: InstalledTag): Promise<PageFinding> {
  if (script === undefined) return unknown('script', 'The chat comes in the page’s own bundle.');
  const itsTag = 'Copy the tag again from the key’s page in the dashboard.';
  try {
    const found = await fetchScript(asker, script);
    if (typeof found === 'string') return wrong('script', `${bare(script)} ${found}`, itsTag);
    if (integrity !== '' && !isIntact(found, integrity))
      return wrong(
        'script',
        `${bare(script)} has other content than the tag’s integrity says, so browsers refuse it.`,
        'Copy the pinned tag again, with its hash; only an address with a version keeps its content.',
      );
    return ok('script', `${bare(script)} is there.`);
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    return wrong('script', `${bare(script)} can’t be fetched: ${error.message}.`, itsTag);
  }
}

/** Its content, or what it does instead. */
async function fetchScript(asker: Asker, start: URL): Promise<Buffer | string> {
  let url = start;
  for (let redirects = 0; redirects <= redirectsOfScriptMax; redirects++) {
    const found = await asker.ask({ url }, async (answer) => {
      const location = answer.headers.get('location');
      if (answer.status >= 300 && answer.status < 400 && location !== undefined && URL.canParse(location, url.href))
        return new URL(location, url);
      if (answer.status !== 200) return `answers ${answer.status}, and not with the script.`;
      if (!/javascript/i.test(answer.headers.get('content-type') ?? '')) return 'is no script by its content type.';
      const pieces: Buffer[] = [];
      await answer.readEach(scriptBytesMax, (piece) => void pieces.push(piece));
      const content = Buffer.concat(pieces);
      return content.includes('postern') ? content : 'is another script, and not the chat.';
    });
    if (!(found instanceof URL)) return found;
    url = found;
  }
  return 'redirects in a circle.';
}

/** The strongest hashes count, as in a browser. */
function isIntact(content: Buffer, integrity: string): boolean {
  const hashes = integrity.split(/\s+/).map((text) => /^(sha256|sha384|sha512)-([\w+/=-]+)/.exec(text) ?? []);
  const known = hashes.flatMap(([, algorithm, hash]) => (algorithm === undefined ? [] : [{ algorithm, hash }]));
  const strongest = known
    .map(({ algorithm }) => algorithm)
    .toSorted()
    .at(-1);
  if (strongest === undefined) return true;
  const own = createHash(strongest).update(content).digest('base64');
  return known.some(({ algorithm, hash }) => algorithm === strongest && hash === own);
}

/** Without what a query may have in it. */
function bare({ origin, pathname }: URL): string {
  return `${origin}${pathname.slice(0, 200)}`;
}
