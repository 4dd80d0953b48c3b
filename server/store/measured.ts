/**
 * The store with its calls timed. On the embedded store only calls that wait for the disk are timed. Its reads are of mapped
 * memory; timing one would add a third to its cost.
 */
import type { Store } from './port.ts';

/** Told how long a call took until it was answered, and whether it threw. */
export type OnStoreCall = (method: string, seconds: number, isFailed: boolean) => void;

type Method = Exclude<keyof Store, 'close'>;
type Call = (...values: unknown[]) => Promise<unknown>;

const kinds: Readonly<Record<Method, 'read' | 'wait'>> = {
  ping: 'read',
  createOrganization: 'wait',
  findOrganization: 'read',
  findPublicOrganization: 'read',
  changeOrganization: 'wait',
  listOwnRetentions: 'read',
  createUser: 'wait',
  findUser: 'read',
  findUserByEmail: 'read',
  hasUsers: 'read',
  addSession: 'wait',
  endSession: 'wait',
  changeUser: 'wait',
  addMember: 'wait',
  findMember: 'read',
  listMembers: 'read',
  listMembershipsOf: 'read',
  changeMember: 'wait',
  removeMember: 'wait',
  createLink: 'wait',
  findLink: 'read',
  listLinks: 'read',
  deleteLink: 'wait',
  deleteExpiredLinks: 'wait',
  addAuditEvent: 'wait',
  listAudit: 'read',
  deleteOldAuditEvents: 'wait',
  findCredits: 'read',
  grantCredits: 'wait',
  holdCredits: 'wait',
  moveHold: 'wait',
  settleHold: 'wait',
  listHolds: 'read',
  listSpendings: 'read',
  deleteEndedSpendings: 'wait',
  takeCredits: 'wait',
  sweepReceipts: 'wait',
  createKey: 'wait',
  findKeyByPublicKey: 'read',
  findKey: 'read',
  listKeys: 'read',
  countKeys: 'read',
  listKeyTags: 'read',
  changeKey: 'wait',
  keepSecretDigest: 'wait',
  deleteKey: 'wait',
  createAgent: 'wait',
  findAgent: 'read',
  findAgentKnowledge: 'read',
  findKeptAgent: 'read',
  changeAgent: 'wait',
  deleteAgent: 'wait',
  listAgents: 'read',
  createConversation: 'wait',
  findConversation: 'read',
  listConversations: 'read',
  sumUpConversation: 'wait',
  deleteConversations: 'wait',
  deleteIdleConversations: 'wait',
  deleteIdleConversationsOf: 'wait',
  countIdleConversations: 'read',
  deleteConversationsBeyond: 'wait',
  createTurn: 'wait',
  findTurn: 'read',
  changeTurn: 'wait',
  listTurns: 'read',
  listUnanswered: 'read',
  rateReply: 'wait',
  leaveMessage: 'wait',
  findLeft: 'read',
  beginTurn: 'wait',
  answerTurn: 'wait',
  finishTurn: 'wait',
  addUsage: 'wait',
  listUsage: 'read',
  keepDigestKey: 'wait',
  deleteDigestKeys: 'wait',
  createWebhook: 'wait',
  findWebhook: 'read',
  listWebhooks: 'read',
  listWebhookOrganizations: 'read',
  changeWebhook: 'wait',
  deleteWebhook: 'wait',
  keepNotice: 'wait',
  markTold: 'wait',
  deleteEndedNotices: 'wait',
  createDelivery: 'wait',
  findDelivery: 'read',
  listDeliveries: 'read',
  claimDeliveries: 'wait',
  endAttempt: 'wait',
  resendDelivery: 'wait',
  boundDeliveries: 'wait',
  deleteOldDeliveries: 'wait',
};

export function measureStore(store: Store, isEmbedded: boolean, onCall: OnStoreCall): Store {
  const methods = store as unknown as Readonly<Record<Method, Call>>;

  function timed(name: Method): Call {
    const call = methods[name].bind(store);
    return (...values) => {
      const startedAt = performance.now();
      const end = (isFailed: boolean): void => onCall(name, (performance.now() - startedAt) / 1_000, isFailed);
      const answer = call(...values);
      answer.then(
        () => end(false),
        () => end(true),
      );
      return answer;
    };
  }

  const names = Object.keys(kinds) as readonly Method[];
  const measured = names.map((name) => {
    const isUntimed = isEmbedded && kinds[name] === 'read';
    return [name, isUntimed ? methods[name].bind(store) : timed(name)];
  });
  return { ...(Object.fromEntries(measured) as Store), close: () => store.close() };
}
