/** One upstream as the operator writes it. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { agentLimits } from './agents/agent-limits.ts';
import { isLoopbackName } from './gate/loopback.ts';
import { isPlainName } from './records/plain-name.ts';

const modelsMax = 200;

export const upstreamEntry = z.strictObject({
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
});

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
    return 'must not have a user or a password: name the key in apiKeyEnv of AGENT_UPSTREAMS';
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
