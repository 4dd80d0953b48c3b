/** What a page's own rules do to the chat: mixed content, policies, sandboxes. Nothing is asked for here. */
import { isLoopbackName } from '../gate/loopback.ts';
import { allowsAddress, allowsScript, directiveFor, isStrict, withSource, type Policy } from './content-policy.ts';
import { ok, unknown, wrong, type PageFinding } from './finding.ts';
import type { InstalledTag } from './installed-tag.ts';

export interface Place {
  readonly url: URL;
  readonly policies: readonly Policy[];
  /** The tokens of each sandbox that the document is in. */
  readonly sandboxes: readonly (readonly string[])[];
}

const ofThePage = 'of the page’s Content-Security-Policy';

export function checkPlace(place: Place, tag: InstalledTag): readonly PageFinding[] {
  return [
    checkSandbox(place),
    checkMixed(place, tag),
    checkScript(place, tag),
    checkConnect(place, tag),
    checkTrusted(place),
  ];
}

function checkSandbox({ sandboxes, policies }: Place): PageFinding {
  const ofPolicies = policies.map((policy) => policy.get('sandbox')).filter((tokens) => tokens !== undefined);
  const all = [...sandboxes, ...ofPolicies];
  const missing = ['allow-scripts', 'allow-same-origin'].filter((token) =>
    all.some((tokens) => !tokens.includes(token)),
  );
  if (missing.length === 0)
    return ok('sandbox', all.length === 0 ? 'The tag is in no sandbox.' : 'The sandbox leaves the page its origin.');
  return wrong(
    'sandbox',
    missing.includes('allow-scripts')
      ? 'The tag is in a sandbox that lets no script run.'
      : 'The tag is in a sandbox, where a page has no origin that a key could allow.',
    `Put the tag into a page outside the sandbox, or add ${missing.join(' ')} to the sandbox.`,
    missing.join(' '),
  );
}

function checkMixed({ url, policies }: Place, { script, api }: InstalledTag): PageFinding {
  const isUpgraded = policies.some((policy) => policy.has('upgrade-insecure-requests'));
  const insecure = [script, api].find((one) => one?.protocol === 'http:' && !isLoopbackName(one.hostname));
  if (url.protocol !== 'https:' || insecure === undefined || isUpgraded)
    return ok('mixed_content', 'No https page calls an http address.');
  const secure = insecure.origin.replace(/^http:/, 'https:');
  return wrong(
    'mixed_content',
    `The page is on https and names the server by http (${insecure.origin}): browsers stop that.`,
    'Name the server by its https address in the tag.',
    secure,
  );
}

function checkScript({ url, policies }: Place, { script, nonce, integrity }: InstalledTag): PageFinding {
  if (script === undefined) return unknown('script_policy', 'The chat comes in the page’s own bundle.');
  const further = new URL('/widget/0.0.0/chat.js', script);
  for (const policy of policies) {
    const directive = directiveFor(policy, 'script');
    if (directive === undefined || allowsScript(directive, { url: script, nonce, integrity }, further, url)) continue;
    const said = `${directive.name} ${ofThePage} stops ${script.origin}.`;
    if (isStrict(directive.sources))
      return wrong('script_policy', said, 'Give the tag the nonce that the page’s other scripts have.', 'nonce="…"');
    const name = directive.name === 'default-src' ? 'script-src' : directive.name;
    return wrong(
      'script_policy',
      said,
      `Add ${script.origin} to ${name} ${ofThePage}.`,
      withSource({ ...directive, name }, script.origin),
    );
  }
  return ok('script_policy', `The page’s policy lets scripts of ${script.origin} run.`);
}

function checkConnect({ url, policies }: Place, { api }: InstalledTag): PageFinding {
  if (api === undefined) return unknown('connect_policy', 'No server is named.');
  for (const policy of policies) {
    const directive = directiveFor(policy, 'connect');
    if (directive === undefined || allowsAddress(directive.sources, new URL('/api/v1/agents', api), url)) continue;
    const name = 'connect-src';
    return wrong(
      'connect_policy',
      `${directive.name} ${ofThePage} stops calls to ${api.origin}.`,
      `Add ${api.origin} to ${name} ${ofThePage}.`,
      withSource({ ...directive, name }, api.origin),
    );
  }
  return ok('connect_policy', `The page’s policy lets it call ${api.origin}.`);
}

/** The widget's templates are made under the policy `lit-html`. */
function checkTrusted({ policies }: Place): PageFinding {
  for (const policy of policies) {
    const sources = policy.get('trusted-types');
    if (sources === undefined || sources.includes('lit-html') || sources.includes('*')) continue;
    return wrong(
      'trusted_types',
      `trusted-types ${ofThePage} does not allow the policy lit-html.`,
      `Add lit-html to trusted-types ${ofThePage}.`,
      withSource({ name: 'trusted-types', sources }, 'lit-html'),
    );
  }
  const isEnforced = policies.some((policy) => policy.has('require-trusted-types-for'));
  return ok(
    'trusted_types',
    isEnforced ? 'Trusted Types allow the chat’s own policy.' : 'The page enforces no Trusted Types.',
  );
}
