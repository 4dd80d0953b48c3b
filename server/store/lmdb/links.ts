import type { SetupLink } from '../../records/setup-link.ts';
import type { LmdbConnection } from './connection.ts';
import { remove } from './entries.ts';
import type { LinkStore } from '../port.ts';

export function createLinks({ db, read, write, create }: LmdbConnection): LinkStore {
  const { links, linkTokens } = db;

  /** Inside a write. */
  function drop({ id, tokenDigest }: SetupLink): void {
    remove(links, id);
    remove(linkTokens, tokenDigest);
  }

  return {
    createLink: (link) => create('links', link),

    findLink: (tokenDigest) =>
      read(() => {
        const linkId = linkTokens.get(tokenDigest);
        return linkId === undefined ? undefined : links.get(linkId);
      }),

    /** Looks through all links: they are few, because each ends soon. */
    listLinks: (organizationId) =>
      read(() =>
        [...links.getRange({ reverse: true })]
          .map(({ value }) => value)
          .filter((link) => link.organizationId === organizationId),
      ),

    deleteLink: (linkId) =>
      write(() => {
        const link = links.get(linkId);
        if (link === undefined) return 'not_found';
        drop(link);
        return 'deleted';
      }),

    deleteExpiredLinks: (expiredBefore) =>
      write(() => {
        const expired = [...links.getRange()].filter(({ value }) => value.expiresAt < expiredBefore);
        for (const { value } of expired) drop(value);
        return expired.length;
      }),
  };
}
