/** What a session cookie holds, sealed (encrypted and authenticated) under a key that is made from `SESSION_SECRET`. */
import { hkdfSync } from 'node:crypto';
import { EncryptJWT, errors, jwtDecrypt } from 'jose';
import type { Clock } from '../gate/clock.ts';
import type { Session } from '../records/user.ts';

interface SealedSession {
  readonly userId: string;
  readonly sessionId: string;
}

export interface SessionSeal {
  seal(userId: string, session: Session): Promise<string>;
  /** Undefined for anything that this server did not seal, and for what has expired. */
  open(cookie: string): Promise<SealedSession | undefined>;
}

const algorithms = { alg: 'dir', enc: 'A256GCM' } as const;

export function createSessionSeal(sessionSecret: string, clock: Clock): SessionSeal {
  const key = new Uint8Array(hkdfSync('sha256', sessionSecret, '', 'postern session cookie', 32));
  return {
    seal: (userId, { id, expiresAt }) =>
      new EncryptJWT({ sid: id })
        .setProtectedHeader(algorithms)
        .setSubject(userId)
        .setExpirationTime(new Date(expiresAt))
        .encrypt(key),

    async open(cookie) {
      try {
        const { payload } = await jwtDecrypt(cookie, key, {
          keyManagementAlgorithms: [algorithms.alg],
          contentEncryptionAlgorithms: [algorithms.enc],
          currentDate: new Date(clock()),
          requiredClaims: ['sub', 'sid', 'exp'],
        });
        const { sub, sid } = payload;
        return typeof sub === 'string' && typeof sid === 'string' ? { userId: sub, sessionId: sid } : undefined;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}
