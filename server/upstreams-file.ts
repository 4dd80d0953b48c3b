/**
 * The operator's upstreams: a JSON file, checked whole before anything starts. Each problem says where it is and what to write.
 * No problem repeats what stands in the file: somebody may have put a key there.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { agentLimits } from './agents/agent-limits.ts';
import type { Upstream } from './agents/upstream.ts';
import { isLoopbackName } from './gate/loopback.ts';
import type { No } from './gate/problem.ts';
import { isPlainName } from './records/plain-name.ts';

const upstreamsMax = 50;
const modelsMax = 200;
const fileBytesMax = 1024 * 1024;
const apiKeyPattern = /^[\x21-\x7e]{1,4000}$/;

const upstreamFile = z
  .array(
    z.strictObject({
      name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9, ".", "_" and "-"'),
      baseUrl: z.string().max(2_000).transform(checkBaseUrl),
      apiKeyEnv: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'must be the name of an environment variable, not the key itself')
        .optional(),
      models: z
        .array(
          z
            .string()
            .min(1)
            .max(agentLimits.modelName)
            .refine((name) => isPlainName(name) && name.trim() === name, 'must be a name as the upstream lists it'),
        )
        .max(modelsMax)
        .default([]),
    }),
  )
  .max(upstreamsMax);

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

function checkBaseUrl(text: string, context: z.core.$RefinementCtx<string>): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const problem = url === undefined || !/^https?:$/.test(url.protocol) ? notUrl : problemOf(url);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  if (url === undefined) return '';
  let { href } = url;
  while (href.endsWith('/')) href = href.slice(0, -1);
  return href;
}

const notUrl = 'must be a URL such as https://api.example.com/v1';

function problemOf(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '')
    return 'must not have a user or a password: name the key in apiKeyEnv';
  if (url.search !== '' || url.hash !== '') return 'must have no "?" and no "#"';
  if (/\/chat\/completions\/*$/.test(url.pathname)) return 'must end before /chat/completions, which is added';
  if (url.protocol === 'http:' && !isNear(url.hostname)) {
    return 'must begin with https:// (plain http is for this machine and private networks: the key and every message could be read on the way)';
  }
  return undefined;
}

/** This machine, a private network, or a name that only such a network knows: one word, `.internal`, `.local`, `.lan`. */
function isNear(host: string): boolean {
  if (isLoopbackName(host)) return true;
  const address = host.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0)
    return ['private', 'uniqueLocal', 'loopback', 'linkLocal'].includes(ipaddr.process(address).range());
  return !host.includes('.') || /\.(?:internal|local|lan|home\.arpa)$/.test(host);
}
