/**
 * All calls of the dashboard, which is why it is long: a function for each, which answers a value or throws an `ApiError`.
 * An aborted call rejects with the platform's `AbortError`. When a session has ended, the person is asked to sign in again
 * (`whenSessionEnds`), and the same call is sent again.
 */
import { ApiError } from '../ui/api-error.ts';
import { fetchJson, type Method } from '../ui/fetch-json.ts';
import type {
  Agent,
  AgentInput,
  AgentPatch,
  AgentUpstream,
  AgentUpstreams,
  AgentWithQuestions,
  AuditEntry,
  ChangedWebhook,
  ConversationLine,
  ConversationSearch,
  ConversationThread,
  DeletedConversations,
  CreatedInvitation,
  CreatedKey,
  CreatedWebhook,
  Delivery,
  DomainsPreview,
  Key,
  KeyInput,
  KeyPage,
  KeyPatch,
  KeySearch,
  KeyUsage,
  KeyUsageLine,
  Listing,
  Member,
  Members,
  OrganizationCredits,
  OrganizationSettings,
  PageReport,
  Paging,
  PinnedWidget,
  Reply,
  Role,
  RotatedKey,
  Session,
  SessionOrganization,
  SettingsPatch,
  SetupInput,
  SetupPreview,
  SetupState,
  UnansweredQuestions,
  Webhook,
  WebhookEvent,
  Webhooks,
} from '../server/http/wire.ts';

interface CallOptions {
  readonly body?: object;
  readonly query?: Readonly<Record<string, string | number | null | undefined>>;
  readonly signal?: AbortSignal | undefined;
  /** The call is about signing in, so its refusal is not the end of a session. */
  readonly isSigningIn?: boolean;
}

let askToSignIn: () => Promise<boolean> = () => Promise.resolve(false);
/** One question for all calls that wait for its answer. */
let asking: Promise<boolean> | undefined;
/** How often somebody signed in again: a call from before that is only sent again. */
let signIns = 0;
/** The person would rather not. Reading asks no more; a change that they make does. */
let isDeclined = false;

/** Sets how a person signs in again whose session ended; true: they did. */
export function whenSessionEnds(ask: () => Promise<boolean>): void {
  askToSignIn = ask;
}

async function isSignedInAgain(method: Method, signInsBefore: number): Promise<boolean> {
  if (signIns > signInsBefore) return true;
  if (isDeclined && method === 'GET') return false;
  asking ??= askToSignIn().finally(() => (asking = undefined));
  const isAgain = await asking;
  if (isAgain && signIns === signInsBefore) signIns += 1;
  isDeclined = !isAgain;
  return isAgain;
}

function withQuery(path: string, query: CallOptions['query'] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

async function call<Result>(method: Method, path: string, options: CallOptions = {}): Promise<Result> {
  const { body, query, signal, isSigningIn = false } = options;
  const signInsBefore = signIns;
  try {
    return await fetchJson<Result>(method, withQuery(path, query), { body, signal });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'sign_in_required' || isSigningIn) throw error;
    if (await isSignedInAgain(method, signInsBefore)) {
      signal?.throwIfAborted();
      return call(method, path, options);
    }
    throw new ApiError({ status: error.status, code: error.code, detail: 'Your session ended. Sign in to go on.' });
  }
}

const inOrganization = (organizationId: string, path: string): string =>
  `/api/org/${encodeURIComponent(organizationId)}/${path}`;
const keyPath = (organizationId: string, keyId: string, path = ''): string =>
  inOrganization(organizationId, `api-keys/${encodeURIComponent(keyId)}${path}`);
const agentPath = (organizationId: string, agentId: string): string =>
  inOrganization(organizationId, `agents/${encodeURIComponent(agentId)}`);
const conversationPath = (organizationId: string, conversationId: string): string =>
  inOrganization(organizationId, `conversations/${encodeURIComponent(conversationId)}`);
const webhookPath = (organizationId: string, webhookId: string, path = ''): string =>
  inOrganization(organizationId, `webhooks/${encodeURIComponent(webhookId)}${path}`);
const memberPath = (organizationId: string, memberId: string): string =>
  inOrganization(organizationId, `members/${encodeURIComponent(memberId)}`);

/** Undefined: nobody is signed in. */
export async function readSession(): Promise<Session | undefined> {
  try {
    return await call<Session>('GET', '/api/session', { isSigningIn: true });
  } catch (error) {
    if (error instanceof ApiError && error.code === 'sign_in_required') return undefined;
    throw error;
  }
}

export const signIn = (email: string, password: string): Promise<Session> =>
  call('POST', '/api/session', { body: { email, password }, isSigningIn: true });

/** Where the session is over already, this browser is signed out; the others are only by somebody who is signed in. */
export async function signOut({ everywhere = false } = {}): Promise<void> {
  if (everywhere) return call('DELETE', '/api/session', { query: { everywhere: 'true' } });
  try {
    await call('DELETE', '/api/session', { isSigningIn: true });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'sign_in_required') throw error;
  }
}

export const changePassword = (currentPassword: string, newPassword: string): Promise<Session> =>
  call('PUT', '/api/session/password', { body: { currentPassword, newPassword } });

export const previewSetup = (token: string, signal?: AbortSignal): Promise<SetupPreview> =>
  call('POST', '/api/setup/preview', { body: { token }, signal, isSigningIn: true });

export const readSetup = (signal?: AbortSignal): Promise<SetupState> =>
  call('GET', '/api/setup', { signal, isSigningIn: true });

/** The server says the same where nobody has that e-mail. */
export const mailForgotten = (email: string): Promise<void> =>
  call('POST', '/api/setup/forgotten', { body: { email }, isSigningIn: true });

export const setUp = (input: SetupInput): Promise<Session> =>
  call('POST', '/api/setup', { body: input, isSigningIn: true });

export const createOrganization = (name: string): Promise<SessionOrganization> =>
  call('POST', '/api/organizations', { body: { name } });

export const changeSettings = (organizationId: string, patch: SettingsPatch): Promise<OrganizationSettings> =>
  call('PATCH', inOrganization(organizationId, 'settings'), { body: patch });

/** Newest first, unless asked otherwise. */
export const listKeys = (organizationId: string, asked?: Paging & KeySearch, signal?: AbortSignal): Promise<KeyPage> =>
  call('GET', inOrganization(organizationId, 'api-keys'), { query: { ...asked }, signal });

export const readKey = (organizationId: string, keyId: string, signal?: AbortSignal): Promise<Key> =>
  call('GET', keyPath(organizationId, keyId), { signal });

export const createKey = (organizationId: string, input: KeyInput): Promise<CreatedKey> =>
  call('POST', inOrganization(organizationId, 'api-keys'), { body: input });

/** Throws `conflict` with a `replay` when domains would block an origin that was seen, unless `confirm` is true. */
export const changeKey = (organizationId: string, keyId: string, patch: KeyPatch): Promise<Key> =>
  call('PATCH', keyPath(organizationId, keyId), { body: patch });

export const deleteKey = (organizationId: string, keyId: string): Promise<void> =>
  call('DELETE', keyPath(organizationId, keyId));

/** `graceSeconds`: 0 to 2592000; how long the previous secret goes on working. */
export const rotateKey = (organizationId: string, keyId: string, graceSeconds: number): Promise<RotatedKey> =>
  call('POST', keyPath(organizationId, keyId, '/rotate'), { body: { graceSeconds } });

export const previewDomains = (
  organizationId: string,
  keyId: string,
  allowedDomains: readonly string[],
  signal?: AbortSignal,
): Promise<DomainsPreview> =>
  call('POST', keyPath(organizationId, keyId, '/domains/preview'), { body: { allowedDomains }, signal });

/** `days`: 1 to 90. */
export const readKeyUsage = (
  organizationId: string,
  keyId: string,
  days = 30,
  signal?: AbortSignal,
): Promise<KeyUsage> => call('GET', keyPath(organizationId, keyId, '/usage'), { query: { days }, signal });

/** `days`: 1 to 90. Paged and ordered as the list of keys. */
export const listUsage = (
  organizationId: string,
  days: number,
  asked?: Paging & KeySearch,
  signal?: AbortSignal,
): Promise<Listing<KeyUsageLine>> =>
  call('GET', inOrganization(organizationId, 'usage'), { query: { days, ...asked }, signal });

/** The address of a file for `<a download>`. */
export const usageCsvPath = (organizationId: string, days: number, keyId?: string): string =>
  withQuery(inOrganization(organizationId, 'usage.csv'), { days, key: keyId });

export const readCredits = (organizationId: string, signal?: AbortSignal): Promise<OrganizationCredits> =>
  call('GET', inOrganization(organizationId, 'credits'), { signal });

export const grantCredits = (organizationId: string, grant: number): Promise<OrganizationCredits> =>
  call('POST', inOrganization(organizationId, 'credits'), { body: { grant } });

/** `reservedCredits`: null is a fifth of what was granted. */
export const reserveCredits = (organizationId: string, reservedCredits: number | null): Promise<OrganizationCredits> =>
  call('PATCH', inOrganization(organizationId, 'credits'), { body: { reservedCredits } });

export const listAgents = (organizationId: string, paging?: Paging, signal?: AbortSignal): Promise<Listing<Agent>> =>
  call('GET', inOrganization(organizationId, 'agents'), { query: { ...paging }, signal });

/** The servers of models that the operator lists. */
export const listUpstreams = async (organizationId: string, signal?: AbortSignal): Promise<readonly AgentUpstream[]> =>
  (await call<AgentUpstreams>('GET', inOrganization(organizationId, 'upstreams'), { signal })).data;

export const readAgent = (organizationId: string, agentId: string, signal?: AbortSignal): Promise<AgentWithQuestions> =>
  call('GET', agentPath(organizationId, agentId), { signal });

export const createAgent = (organizationId: string, input: AgentInput): Promise<AgentWithQuestions> =>
  call('POST', inOrganization(organizationId, 'agents'), { body: input });

export const changeAgent = (organizationId: string, agentId: string, patch: AgentPatch): Promise<AgentWithQuestions> =>
  call('PATCH', agentPath(organizationId, agentId), { body: patch });

/** One question, without a key, a credit or a conversation. */
export const previewAgent = (organizationId: string, agentId: string, message: string): Promise<Reply> =>
  call('POST', `${agentPath(organizationId, agentId)}/preview`, { body: { message } });

/** What keeps the chat from a page. The server takes up to twenty seconds. */
export const checkPage = (organizationId: string, url: string, signal?: AbortSignal): Promise<PageReport> =>
  call('POST', inOrganization(organizationId, 'check-page'), { body: { url }, signal });

/** The file of the widget that never changes its content. Throws where the server has none. */
export const readPinnedWidget = (signal?: AbortSignal): Promise<PinnedWidget> =>
  call('GET', '/dashboard/widget.json', { signal });

export const deleteAgent = (organizationId: string, agentId: string): Promise<void> =>
  call('DELETE', agentPath(organizationId, agentId));

export const readSettings = (organizationId: string, signal?: AbortSignal): Promise<OrganizationSettings> =>
  call('GET', inOrganization(organizationId, 'settings'), { signal });

/** `days`: 1 to 90. */
export const listUnanswered = (
  organizationId: string,
  agentId: string,
  days: number,
  signal?: AbortSignal,
): Promise<UnansweredQuestions> =>
  call('GET', `${agentPath(organizationId, agentId)}/unanswered`, { query: { days }, signal });

/** The latest active first. A page may be empty and have a cursor all the same. */
export const listConversations = (
  organizationId: string,
  asked?: Paging & ConversationSearch,
  signal?: AbortSignal,
): Promise<Listing<ConversationLine>> =>
  call('GET', inOrganization(organizationId, 'conversations'), { query: { ...asked }, signal });

/** The newest messages, or those before one. */
export const readConversation = (
  organizationId: string,
  conversationId: string,
  before: string | null,
  signal?: AbortSignal,
): Promise<ConversationThread> =>
  call('GET', conversationPath(organizationId, conversationId), { query: { before }, signal });

/** At most 100 at once. */
export const deleteConversations = (organizationId: string, ids: readonly string[]): Promise<DeletedConversations> =>
  call('POST', inOrganization(organizationId, 'conversations/delete'), { body: { ids } });

export const deleteConversation = (organizationId: string, conversationId: string): Promise<void> =>
  call('DELETE', conversationPath(organizationId, conversationId));

/** The address of a file for `<a download>`. */
export const conversationsFilePath = (
  organizationId: string,
  kind: 'csv' | 'ndjson',
  search: ConversationSearch,
): string => withQuery(inOrganization(organizationId, `conversations.${kind}`), { ...search });

export const listMembers = (organizationId: string, signal?: AbortSignal): Promise<Members> =>
  call('GET', inOrganization(organizationId, 'members'), { signal });

export const inviteMember = (organizationId: string, email: string, role: Role): Promise<CreatedInvitation> =>
  call('POST', inOrganization(organizationId, 'members'), { body: { email, role } });

export const changeMember = (organizationId: string, userId: string, role: Role): Promise<Member> =>
  call('PATCH', memberPath(organizationId, userId), { body: { role } });

/** Removes a member (`usr_…`) or takes an invitation back (`lnk_…`). */
export const removeMember = (organizationId: string, memberId: string): Promise<void> =>
  call('DELETE', memberPath(organizationId, memberId));

/** What of the audit log is found; what is undefined admits all. */
export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly action?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Everything of an organization, as a ZIP. */
export const archivePath = (organizationId: string): string => `/api/org/${organizationId}/export`;

/** The address of a file for `<a download>`. */
export const auditFilePath = (organizationId: string, kind: 'csv' | 'ndjson', filter: AuditFilter): string =>
  withQuery(inOrganization(organizationId, `audit.${kind}`), { ...filter });

export const listAudit = (
  organizationId: string,
  paging?: Paging & AuditFilter,
  signal?: AbortSignal,
): Promise<Listing<AuditEntry>> =>
  call('GET', inOrganization(organizationId, 'audit'), { query: { ...paging }, signal });

/** All of them. Only owners. */
export const listWebhooks = (organizationId: string, signal?: AbortSignal): Promise<Webhooks> =>
  call('GET', inOrganization(organizationId, 'webhooks'), { signal });

export const createWebhook = (
  organizationId: string,
  input: { readonly url: string; readonly events: readonly WebhookEvent[] },
): Promise<CreatedWebhook> => call('POST', inOrganization(organizationId, 'webhooks'), { body: input });

export const changeWebhook = (
  organizationId: string,
  webhookId: string,
  patch: Partial<Pick<Webhook, 'url' | 'events' | 'enabled'>> & { readonly rotateSecret?: true },
): Promise<ChangedWebhook> => call('PATCH', webhookPath(organizationId, webhookId), { body: patch });

export const deleteWebhook = (organizationId: string, webhookId: string): Promise<void> =>
  call('DELETE', webhookPath(organizationId, webhookId));

/** Hands over a message that says nothing; what came of it is among the deliveries. */
export const testWebhook = (organizationId: string, webhookId: string): Promise<Delivery> =>
  call('POST', webhookPath(organizationId, webhookId, '/test'));

/** Newest first. */
export const listDeliveries = (
  organizationId: string,
  webhookId: string,
  paging?: Paging,
  signal?: AbortSignal,
): Promise<Listing<Delivery>> =>
  call('GET', webhookPath(organizationId, webhookId, '/deliveries'), { query: { ...paging }, signal });

export const resendDelivery = (organizationId: string, webhookId: string, deliveryId: string): Promise<Delivery> =>
  call('POST', webhookPath(organizationId, webhookId, `/deliveries/${encodeURIComponent(deliveryId)}/retry`));
