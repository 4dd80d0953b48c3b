/**
 * Connects to public addresses alone. The address is checked in the connection itself, so that a name can't mean one address when
 * it is checked and another when it is connected to.
 */
import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { buildConnector } from 'undici';
import { isPublicAddress } from './public-address.ts';

/** Its text is shown: nothing of an address that was found is in it. */
export class NotPublicError extends Error {
  override readonly name = 'NotPublicError';
  constructor() {
    super('The address is not a public one.');
  }
}

/** A connector for undici's `Agent`. What is not public ends in a {@link NotPublicError}. */
export function createPublicConnect(lookUp: typeof lookup, timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout, lookup: lookUpPublic });

  function lookUpPublic(
    name: string,
    options: LookupOptions,
    done: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
  ): void {
    lookUp(name, { ...options, all: true }, (error, found) => {
      if (error !== null) return done(error, []);
      const [first] = found;
      if (first === undefined) return done(new Error('No address was found.'), []);
      if (!found.every(({ address }) => isPublicAddress(address))) return done(new NotPublicError(), []);
      return options.all === true ? done(null, found) : done(null, first.address, first.family);
    });
  }

  return (options, done) => {
    // An address in place of a name is never looked up.
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isPublicAddress(host)) return done(new NotPublicError(), null);
    return connect(options, done);
  };
}
