/** `scrypt-kdf` exports one default object; its types (4.0.0) describe that object's members as named exports. */
import * as scryptModule from 'scrypt-kdf';

export const scrypt = (scryptModule as unknown as { default: typeof scryptModule }).default;
