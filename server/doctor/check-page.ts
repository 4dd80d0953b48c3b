/**
 * Why the chat doesn't work on a page: the page, its tag, what the page's own rules allow, what the server says that the tag
 * names, and, where one may be started, what a browser shows. A check whose ground another one has taken away is left out.
 */
import { setImmediate } from 'node:timers/promises';
import { AskError, type Asker } from './asker.ts';
import { checkPlace, type Place } from './check-policy.ts';
import { checkScript } from './check-script.ts';
import { checkVerdict } from './check-server.ts';
import { checkTagText } from './check-tag-text.ts';
import { describeVisit } from './describe-visit.ts';
import { fetchPage, PageError, type FetchedPage } from './fetch-page.ts';
import { ok, unknown, wrong, type PageFinding, type PageReport } from './finding.ts';
import { readInstalledTag, type InstalledTag } from './installed-tag.ts';
import { readHtml, type FoundTag } from './read-html.ts';
import { VisitError, type Visit } from './visit-page.ts';

/** Of those on the page's own origin. */
const framesFetchedMax = 3;
/** It is read at one go. */
const srcdocLengthMax = 65_536;
/** Of the page as its scripts left it; as much as is read of one. */
const visitedLengthMax = 2 * 1024 * 1024;

interface Surroundings {
  readonly asker: Asker;
  readonly now: () => number;
  /** What a browser makes of a page; absent: no browser is asked. Throws a `VisitError`. */
  readonly visit?: (url: URL) => Promise<Visit>;
}

export async function checkPage(url: URL, { asker, now, visit }: Surroundings): Promise<PageReport> {
  const report = (findings: readonly PageFinding[], finalUrl = url): PageReport => ({
    url: url.href,
    finalUrl: finalUrl.href,
    findings,
  });
  let page: FetchedPage;
  try {
    page = await fetchPage(asker, url);
  } catch (error) {
    if (error instanceof PageError) return report([wrong('page', error.message, error.fix)]);
    if (!(error instanceof AskError)) throw error;
    return report([
      wrong(
        'page',
        `The page can’t be fetched: ${error.message}.`,
        'Give the address by which visitors open the page.',
      ),
    ]);
  }
  const seen = visit === undefined ? undefined : await tryToVisit(visit, page.url);
  const ofVisit = seen === undefined ? [] : [seen instanceof VisitError ? describeNoVisit(seen) : describeVisit(seen)];
  const findings = [describePage(page), ...describeRedirects(page, url)];
  const inHtml = await findTag(page, asker);
  const found = inHtml ?? (seen === undefined || seen instanceof VisitError ? undefined : findAdded(page, seen));
  if (found === undefined) return report([...findings, describeMissing(page, seen)], page.url);
  const { place, tag } = found;
  const isThere = ok('tag', inHtml === undefined ? 'A script of the page adds the tag.' : 'The tag is in the page.');
  const ofTag = await checkTag(place, tag, { asker, now });
  const isExplained = ofTag.some(({ result }) => result === 'wrong');
  return report([...findings, isThere, ...ofTag, ...(isExplained ? [] : ofVisit)], page.url);
}

async function tryToVisit(visit: (url: URL) => Promise<Visit>, url: URL): Promise<Visit | VisitError> {
  return visit(url).catch((error: unknown) => {
    if (error instanceof VisitError) return error;
    throw error;
  });
}

function describeNoVisit({ message }: VisitError): PageFinding {
  return unknown(
    'browser',
    `What only a browser sees was not seen: ${message}.`,
    'Name another Chrome or Chromium in CHROME_PATH.',
  );
}

function describePage({ url, isWhole }: FetchedPage): PageFinding {
  return isWhole
    ? ok('page', `${url.origin} answers with a page.`)
    : unknown('page', 'Only the first 2 MiB of the page were read.', null);
}

function describeRedirects({ url, redirects }: FetchedPage, asked: URL): readonly PageFinding[] {
  if (redirects.length === 0) return [];
  const times = redirects.length === 1 ? '' : `, by ${redirects.length} redirects`;
  return [
    ok(
      'redirect',
      url.origin === asked.origin
        ? `The page redirects to another of ${url.origin}${times}.`
        : `The page redirects to ${url.origin}${times}: the key must allow that origin.`,
    ),
  ];
}

function describeMissing({ mayAddTag }: FetchedPage, seen: Visit | VisitError | undefined): PageFinding {
  const isSeen = seen !== undefined && !(seen instanceof VisitError);
  return mayAddTag && !isSeen
    ? unknown(
        'tag',
        'The tag is not in the page’s HTML; a script of the page may add it.',
        'Open the page and look whether the chat is there; if not, the browser’s console says why in a line that begins with [postern].',
      )
    : wrong(
        'tag',
        isSeen
          ? `The chat’s tag is not in the page, nor is it once its scripts have run (${seen.browser}).`
          : 'The chat’s tag is not in the page.',
        'Copy the tag from the key’s page in the dashboard, and put it before </body>.',
        '<script async src="https://HOST/widget.js" data-key="pk_…" data-agent="agt_…"></script>',
      );
}

interface PlacedTag {
  readonly place: Place;
  readonly tag: InstalledTag;
}

function at(tag: FoundTag, place: Place, itsBase: string | undefined): PlacedTag {
  return { place, tag: readInstalledTag(tag, { url: place.url, base: itsBase }) };
}

/** Put there by a script of the page, as a browser shows it. */
function findAdded({ url, policies }: FetchedPage, { html }: Visit): PlacedTag | undefined {
  const { tag, base } = readHtml(html.slice(0, visitedLengthMax));
  return tag && at(tag, { url, policies, sandboxes: [] }, base);
}

/** In the page, or in a frame of it. */
async function findTag(page: FetchedPage, asker: Asker): Promise<PlacedTag | undefined> {
  const { url, policies, base } = page;
  if (page.tag !== undefined) return at(page.tag, { url, policies, sandboxes: [] }, base);
  let fetched = 0;
  for (const { src, srcdoc, sandbox } of page.frames) {
    const sandboxes = sandbox === null ? [] : [sandbox];
    if (srcdoc !== null) {
      await setImmediate();
      const inside = readHtml(srcdoc.slice(0, srcdocLengthMax));
      if (inside.tag === undefined) continue;
      // It has the rules of the page around it, and its own.
      return at(inside.tag, { url, policies: [...policies, ...inside.policies], sandboxes }, inside.base ?? base);
    }
    const target = src !== null && URL.canParse(src, url.href) ? new URL(src, url) : undefined;
    if (target?.origin !== url.origin || fetched === framesFetchedMax) continue;
    fetched += 1;
    const inside = await fetchPage(asker, target).catch((error: unknown) => {
      if (error instanceof PageError || error instanceof AskError) return undefined;
      throw error;
    });
    if (inside?.tag === undefined) continue;
    return at(inside.tag, { url: inside.url, policies: inside.policies, sandboxes }, inside.base);
  }
  return undefined;
}

async function checkTag(
  place: Place,
  tag: InstalledTag,
  { asker, now }: Pick<Surroundings, 'asker' | 'now'>,
): Promise<readonly PageFinding[]> {
  const own = checkPlace(place, tag);
  const isWrong = (check: string) => own.some((finding) => finding.check === check && finding.result === 'wrong');
  const unwritten = checkTagText(tag);
  // Where it would be called by https is another address.
  if (isWrong('mixed_content')) return [...own, ...unwritten];
  const script = await checkScript(asker, tag);
  const { api, key, agent } = tag;
  const isServersScript = tag.script === undefined || tag.script.origin === api?.origin;
  if (api === undefined || (script.result === 'wrong' && isServersScript)) return [...own, script, ...unwritten];
  // A document without an origin has had its answer.
  if (unwritten.length > 0 || key === undefined || agent === undefined || isWrong('sandbox'))
    return [...own, script, ...unwritten];
  const { origin } = place.url;
  return [...own, script, ...(await checkVerdict(asker, { api, key, agent, origin, now }))];
}
