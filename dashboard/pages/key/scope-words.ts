import { effectiveScopes, type BuiltInScope } from '../../../server/gate/scope.ts';

/** One plain sentence for each scope of ours. */
export const scopeWords: Readonly<Record<BuiltInScope, string>> = {
  'agents:read': 'List the agents and read how they introduce themselves.',
  'messages:write': 'Send messages to agents, and read the conversations that it began.',
  'keys:verify': 'Check keys that visitors send to a server of yours.',
  'keys:manage': 'Make, change and delete the keys and agents of this organization. Give it to as few as possible.',
  'usage:read': 'Read how much the keys of this organization are used.',
};

/** The scope counts only for calls with the secret, whatever the key has. */
export function needsSecret(scope: BuiltInScope): boolean {
  return effectiveScopes({ scopes: [scope], publishableScopes: [] }, 'publishable').length === 0;
}
