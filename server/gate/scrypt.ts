/** `scrypt-kdf` exports one default object; its types (4.0.0) describe that object's members as named exports. */
import * as scryptModule from 'scrypt-kdf';

/** What hashes and proves a secret or a password. `scrypt-kdf` as it is runs in the four threads that Node has for files too. */
export type Scrypt = Pick<typeof scryptModule, 'kdf' | 'verify'>;

export const scrypt: Scrypt = (scryptModule as unknown as { default: typeof scryptModule }).default;
