import type { SecretKey } from '../../server/gate/key-format.ts';
import { isRefusal } from '../../server/gate/problem.ts';
import type { StoredSecret } from '../../server/gate/ports.ts';
import { createScryptQueue } from '../../server/gate/scrypt-queue.ts';
import { createSecrets } from '../../server/gate/secret.ts';

/** A secret at rest, by the real scrypt; with a session secret, with a digest. */
export async function storeSecret(secretKey: SecretKey, sessionSecret?: string): Promise<StoredSecret> {
  const secrets = createSecrets({ queue: createScryptQueue(), ...(sessionSecret !== undefined && { sessionSecret }) });
  const stored = await secrets.store(secretKey, 'org_1');
  if (isRefusal(stored)) throw new Error(stored.code);
  return stored;
}
