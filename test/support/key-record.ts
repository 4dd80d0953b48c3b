import { createPublicKey } from '../../server/gate/key-format.ts';
import { bareEntry } from '../../server/records/domain-entry.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import { defaultScopes } from '../../server/gate/scope.ts';

/** A key as the store keeps it; its secret is one that nobody has. */
export function makeKeyRecord(fields: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id: 'key_1',
    organizationId: 'org_1',
    name: 'A key',
    publicKey: createPublicKey(),
    secret: { hash: 'none', fingerprint: '0000000000000000', digest: null, hint: '0000' },
    previousSecret: null,
    allowedDomains: ['shop.example'],
    domains: (fields.allowedDomains ?? ['shop.example']).map(bareEntry),
    enabled: true,
    expiresAt: null,
    scopes: [...defaultScopes, 'keys:verify'],
    publishableScopes: [],
    notes: '',
    tags: [],
    externalId: null,
    metadata: {},
    budget: null,
    visitorBudget: null,
    rateLimit: null,
    refuseSecretInBrowser: false,
    learningUntil: null,
    createdAt: 0,
    createdBy: null,
    revision: 1,
    lastUsedAt: null,
    lastUsedOrigin: null,
    previousSecretUsedAt: null,
    secretSeenInBrowserAt: null,
    secretSeenInBrowserOrigin: null,
    ...fields,
  };
}
