/** What is wrong with key and agent as the tag writes them. Nothing is asked for here. */
import { isPublicKey } from '../gate/key-format.ts';
import { wrong, type PageFinding } from './finding.ts';
import type { InstalledTag } from './installed-tag.ts';

/** Empty: nothing. */
export function checkTagText(tag: InstalledTag): readonly PageFinding[] {
  return [checkKeyText(tag), checkAgentText(tag)].filter((finding) => finding !== undefined);
}

function checkKeyText({ key }: Pick<InstalledTag, 'key'>): PageFinding | undefined {
  const fromDashboard = 'Copy the publishable key (pk_…) from the key’s page in the dashboard into data-key.';
  if (key === undefined || key === '')
    return wrong('key', 'The tag has no data-key.', fromDashboard, 'data-key="pk_…"');
  if (key.includes('sk_'))
    return wrong(
      'key',
      'The page shows a secret (sk_…) to every visitor.',
      'Remove it from the page, and rotate the key’s secret at once.',
    );
  if (!isPublicKey(key))
    return wrong('key', 'The key has a typing mistake: its check characters don’t fit.', fromDashboard);
  return undefined;
}

function checkAgentText({ agent }: Pick<InstalledTag, 'agent'>): PageFinding | undefined {
  const isWritten = agent !== undefined && /^[\w-]{1,100}$/.test(agent);
  if (isWritten) return undefined;
  return wrong(
    'agent',
    agent === undefined || agent === '' ? 'The tag has no data-agent.' : 'data-agent is no agent’s id.',
    'Copy the id (agt_…) from the agent’s page in the dashboard into data-agent.',
    'data-agent="agt_…"',
  );
}
