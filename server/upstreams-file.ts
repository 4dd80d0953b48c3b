/**
 * The operator's upstreams: a JSON file, checked whole before anything starts. Each problem says where it is and what to write.
 * No problem repeats what stands in the file: somebody may have put a key there.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Upstream } from './agents/upstream.ts';
import type { No } from './gate/problem.ts';
import { upstreamEntry } from './upstream-entry.ts';

const upstreamsMax = 50;
const fileBytesMax = 1024 * 1024;
const apiKeyPattern = /^[\x21-\x7e]{1,4000}$/;

const upstreamFile = z.array(upstreamEntry).max(upstreamsMax);

/** What an environment variable is called in a list of problems. */
const variable = 'AGENT_UPSTREAMS';

interface WrongFile extends No {
  readonly problems: readonly string[];
}

/** `keyOf`: the value of an environment variable. Where nothing is asked, as on the command line, it is left out. */
export function readUpstreamsFile(
  path: string,
  keyOf?: (name: string) => string | undefined,
): { readonly upstreams: readonly Upstream[] } | WrongFile {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    return wrong([
      `${variable}: the file can not be read (${code}). Give the path of a JSON file that the server may read.`,
    ]);
  }
  if (content.length > fileBytesMax) return wrong([`${variable}: the file is larger than 1 MiB.`]);
  let json: unknown;
  try {
    json = JSON.parse(content.replace(/^\uFEFF/, ''));
  } catch {
    return wrong([
      `${variable}: the file is not JSON. Write [{"name":"…","baseUrl":"https://…/v1","apiKeyEnv":"…","models":["…"]}].`,
    ]);
  }
  const parsed = upstreamFile.safeParse(json);
  if (!parsed.success) return wrong(parsed.error.issues.map(({ path: at, message }) => sayWhere(at, message)));
  const problems: string[] = [];
  const upstreams = parsed.data.map(({ apiKeyEnv, ...upstream }, index): Upstream => {
    const apiKey = apiKeyEnv === undefined ? undefined : keyOf?.(apiKeyEnv)?.trim();
    if (parsed.data.findIndex(({ name }) => name === upstream.name) < index) {
      problems.push(
        sayWhere([index, 'name'], `another upstream is called ${upstream.name} already: give it another name`),
      );
    }
    if (apiKeyEnv !== undefined && keyOf !== undefined && (apiKey === undefined || !apiKeyPattern.test(apiKey))) {
      const what =
        apiKey === undefined || apiKey === ''
          ? 'is not set'
          : 'is no key: it has spaces, or signs that no header takes';
      problems.push(sayWhere([index, 'apiKeyEnv'], `the environment variable ${apiKeyEnv} ${what}`));
    }
    return { ...upstream, apiKey };
  });
  return problems.length > 0 ? wrong(problems) : { upstreams };
}

function wrong(problems: readonly string[]): WrongFile {
  return { ok: false, problems };
}

/** `AGENT_UPSTREAMS: [0].baseUrl must be …` */
function sayWhere(path: readonly PropertyKey[], message: string): string {
  const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return `${variable}: ${place === '' ? '' : `${place} `}${message.replace(/\.$/, '')}.`;
}
