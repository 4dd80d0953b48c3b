/** Puts the parts together into one Express app; what needs a process (ports, signals, files) is `start.ts` and `main.ts`. */
import { join } from 'node:path';
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { createKnowledgeOpener } from './agents/open-knowledge.ts';
import { createListUnanswered } from './agents/unanswered.ts';
import { createAgentOpener, type OpenAgent } from './agents/open.ts';
import { UpstreamError } from './agents/upstream-error.ts';
import { createTroubles } from './agents/troubles.ts';
import { demoPage } from './audit/audit.ts';
import { packageFolder } from './built.ts';
import { createConverse } from './chat/converse.ts';
import { createBudgets } from './credits/budgets.ts';
import { createMessagesForPeople } from './chat/leave-message.ts';
import { createPreview } from './chat/preview.ts';
import { createPageChecks } from './doctor/page-checks.ts';
import { createConversationQuota } from './chat/quota.ts';
import type { Config } from './config.ts';
import type { Clock } from './gate/clock.ts';
import { createMailInvitation } from './accounts/mail-invitation.ts';
import { createForgottenPasswords, type ForgottenPasswords } from './accounts/forgotten-passwords.ts';
import { createPasswords } from './accounts/passwords.ts';
import { createSessionSeal } from './accounts/session-seal.ts';
import { createSessions } from './accounts/sessions.ts';
import { createSetupLinks, setupUrl, type SetupLinks } from './accounts/setup-links.ts';
import { createSignInLimiter } from './accounts/sign-in-limiter.ts';
import { createCors } from './http/cors.ts';
import { publicPlaceOf } from './http/credentials.ts';
import { createProblemAnswers } from './http/errors.ts';
import { readGuides } from './http/guides.ts';
import { createJudge } from './http/judge.ts';
import { createHeaderGuard } from './http/header-guard.ts';
import { createPaced } from './http/paced.ts';
import { createOpenRequests } from './http/open-requests.ts';
import { createRequestIds, createRequestLog } from './http/request-log.ts';
import { createRequireKey } from './http/require-key.ts';
import { createRequireMember } from './http/require-member.ts';
import { addAgentRoutes } from './http/routes/v1/agents.ts';
import { addAuthorizeRoute } from './http/routes/v1/authorize.ts';
import { createDashboardRoutes } from './http/routes/pages/dashboard.ts';
import { addCompletionRoutes } from './http/routes/v1/completions.ts';
import { addConversationRoutes } from './http/routes/v1/conversations.ts';
import { createDemoSites } from './http/routes/pages/demo-sites.ts';
import type { SeededDemo } from './http/routes/pages/demo-parts.ts';
import { createDemoRoutes, demoSnippet } from './http/routes/pages/demo.ts';
import { createDocsRoutes } from './http/routes/pages/docs.ts';
import { createGuideRoutes } from './http/routes/pages/guides.ts';
import { createOpenapiRoutes } from './http/routes/pages/openapi.ts';
import { createHealthRoutes } from './http/routes/ops/health.ts';
import { addKeyRoutes } from './http/routes/v1/keys.ts';
import { createMetricsRoutes } from './http/routes/ops/metrics.ts';
import { createOrgRoutes } from './http/routes/org/organization.ts';
import { createSessionRoutes } from './http/routes/org/session.ts';
import { addUiMessageRoutes } from './http/routes/v1/ui-messages.ts';
import { createWidgetRoutes } from './http/routes/pages/widget.ts';
import { createSessionCookie } from './http/session-cookie.ts';
import { createAuthenticator } from './gate/authenticate.ts';
import { createKeyWriteLimiter } from './keys/key-write-limiter.ts';
import { createKeyManager } from './keys/manage.ts';
import { createMailPost, mailsPerAddress } from './network/mail-post.ts';
import { createMailer } from './network/mailer.ts';
import { createScryptQueue } from './gate/scrypt-queue.ts';
import { createSecrets, type ScryptVerify } from './gate/secret.ts';
import type { AgentRecord } from './records/agent.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { scryptThreads } from './scrypt-threads.ts';
import { StoreUnavailableError, type Store } from './store/port.ts';
import { parseAddress } from './usage/address.ts';
import { createCounters } from './usage/counters.ts';
import { createLimiter } from './usage/limiter.ts';
import { createMeter, type Meter } from './usage/meter.ts';
import { usePlainWords } from './plain-words.ts';
import { createTellContact } from './webhooks/contact-requested.ts';
import { createWebhooks, type Webhooks } from './webhooks/webhooks.ts';
import type { RedisLink } from './usage/redis.ts';
import { version } from './version.ts';

/** For all that is no page; a page brings a policy of its own. */
const nothingAllowed = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };

export interface AppParts {
  readonly config: Config;
  readonly store: Store;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The origin that browsers use. */
  readonly publicOrigin: string;
  /** What session cookies are sealed with. */
  readonly sessionSecret: string;
  /** False while starting and stopping. */
  readonly isServing: () => boolean;
  /** Where `npm run build` put what browsers fetch. */
  readonly builtFolder: string;
  /** What the demo is about; undefined while starting. Not asked when the demo is off. */
  readonly findDemo: () => SeededDemo | undefined;
  /** Where limits are counted together with other processes; undefined: in this one. */
  readonly redis?: RedisLink | undefined;
  /** Given when the store is measured too. */
  readonly metrics?: Metrics;
  /** Other ways to prove secrets and to answer, for tests. */
  readonly scryptVerify?: ScryptVerify;
  readonly openAgent?: OpenAgent;
}

export interface App {
  readonly express: Express;
  readonly meter: Meter;
  readonly webhooks: Webhooks;
  readonly links: SetupLinks;
  readonly forgotten: ForgottenPasswords;
  readonly docsUrl: string;
  readonly nextRequestId: () => string;
}

export function createApp(parts: AppParts): App {
  const { config, store, logger, clock, publicOrigin, metrics = createMetrics() } = parts;
  usePlainWords();
  const docsUrl = `${publicOrigin}/api/docs`;
  const answers = createProblemAnswers(docsUrl);
  const nextRequestId = createRequestIds();
  const counters = createCounters({
    clock,
    shared: parts.redis && { redis: parts.redis, secret: parts.sessionSecret },
  });
  const mailed = counters('mail', mailsPerAddress);
  const mailer = config.mail && createMailer(config.mail);
  const post = mailer && createMailPost(mailer, (address) => mailed.count(address));
  const webhooks = createWebhooks({
    store,
    clock,
    sessionSecret: parts.sessionSecret,
    isHttpsOnly: config.isProduction,
    isPrivateAllowed: config.isPrivateWebhookAllowed,
    post,
    publicOrigin,
    onOutcome: (outcome) => metrics.recordDelivery(outcome),
    onError: (error) => logger.error({ err: error }, 'webhooks failed'),
  });
  const meter = createMeter(
    store,
    clock,
    (error) => {
      const isKept = error instanceof StoreUnavailableError;
      metrics.recordUnwrittenUsage(isKept ? 'kept' : 'lost');
      if (!isKept) logger.error({ err: error }, 'usage could not be written');
    },
    (error) =>
      logger.warn({ err: error }, 'no key for digests of addresses could be kept: this process has one of its own'),
    (batch) => webhooks.watch.see(batch),
  );
  const budgets = createBudgets(counters, clock);
  const scryptQueue = createScryptQueue();
  const scryptVerify: ScryptVerify = parts.scryptVerify ?? scryptThreads.verify;
  const secrets = createSecrets({
    queue: scryptQueue,
    sessionSecret: parts.sessionSecret,
    scryptKdf: (...given) => scryptThreads.kdf(...given),
    scryptVerify: (hash, secretKey) => {
      metrics.recordScryptRun('secret');
      return scryptVerify(hash, secretKey);
    },
    keepDigest: ({ organizationId, id }, secretHash, digest) =>
      store.keepSecretDigest(organizationId, id, secretHash, digest),
  });
  const badPatterns = new Set<string>();
  const authenticator = createAuthenticator({
    store,
    secrets,
    limiter: createLimiter(config.limits, counters),
    meter,
    clock,
    serverOrigin: publicOrigin,
    onBadPattern: (key, pattern) => {
      const name = `${key.id} ${pattern}`;
      if (badPatterns.has(name)) return;
      badPatterns.add(name);
      logger.error({ keyId: key.id, pattern: pattern.slice(0, 300) }, 'a stored domain pattern does not parse');
    },
    onVerdict: (verdict) => metrics.recordVerdict(verdict, 'call'),
  });
  const judgeFor = (asked: 'verify' | 'authorize') =>
    createJudge({
      store,
      authenticator,
      meter,
      budgets,
      clock,
      onVerdict: (verdict) => metrics.recordVerdict(verdict, asked),
    });
  // Where addresses have no limit, they tell nothing about callers.
  const openRequests = config.limits.perKeyIp === null ? undefined : createOpenRequests();
  const requireKey = createRequireKey(authenticator, answers, publicPlaceOf(publicOrigin), openRequests);
  const troubles = createTroubles(clock);
  const onAgentError = (agent: AgentRecord, error: unknown): void => {
    const { upstream, trouble, status } = error instanceof UpstreamError ? error : ({} as Partial<UpstreamError>);
    logger.error({ err: error, agentId: agent.id, upstream, trouble, status }, 'agent failed');
    if (agent.model !== null) troubles.record(agent.id, error);
  };
  const openKnowledge = createKnowledgeOpener((organizationId, id) => store.findAgentKnowledge(organizationId, id));
  const openAgent =
    parts.openAgent ??
    createAgentOpener({
      openKnowledge,
      upstreams: config.agentUpstreams,
      onUnreached: onAgentError,
    });
  const onBegun = createConversationQuota(store, config.conversationsMax, (error) => {
    if (!(error instanceof StoreUnavailableError)) logger.error({ err: error }, 'conversations were not swept');
  });
  const converse = createConverse({
    store,
    budgets,
    clock,
    openAgent,
    onBegun,
    onUnanswered: (agent) => webhooks.watch.seeUnanswered(agent),
    onAgentError,
  });

  const messagesForPeople = createMessagesForPeople({
    store,
    clock,
    counters,
    onBegun,
    onLeft: createTellContact(
      webhooks.teller,
      counters,
      (organizationId, id) => `${publicOrigin}/org/${organizationId}/settings/conversations/${id}`,
    ),
  });

  const headerGuard = createHeaderGuard(answers);

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  if (config.trustProxy !== undefined) trustProxy(app, config.trustProxy);
  app.use(
    createRequestLog({
      logger,
      nextId: nextRequestId,
      onEnd: (...ended) => metrics.recordRequest(...ended),
      isWithAddresses: config.isLoggingAddresses,
    }),
  );

  // Before what goes by the host, or answers a preflight: a proxy asks with the host and the method of a call to another API.
  addAuthorizeRoute(app, { judge: judgeFor('authorize'), answers });

  const demoFolder = join(parts.builtFolder, 'demo');
  const { findDemo } = parts;
  if (config.isDemoOn) {
    const snippet = (isWithModel: boolean): string | undefined => {
      const demo = findDemo();
      return demo && demoSnippet(demo, publicOrigin, isWithModel);
    };
    app.use(createDemoSites({ folder: join(demoFolder, 'sites'), publicOrigin, snippet, headerGuard, answers }));
  }

  // What is called with a key comes before everything that only pages need.
  // Few layers and no router inside the router: each costs every call about a microsecond.
  app.use('/api/v1', createCors(headerGuard));
  addAgentRoutes(app, { store, meter, converse, messagesForPeople, requireKey, answers });
  addCompletionRoutes(app, { store, clock, meter, converse, requireKey, answers });
  addUiMessageRoutes(app, { meter, converse, requireKey, answers });
  addConversationRoutes(app, { store, messagesForPeople, requireKey, answers });
  addKeyRoutes(app, { store, clock, judge: judgeFor('verify'), requireKey, answers });
  app.use('/api/v1', answers.notFound);

  const passwords = createPasswords({
    queue: scryptQueue,
    scrypt: scryptThreads,
    onProof: () => metrics.recordScryptRun('password'),
  });
  const signIns = createSignInLimiter(counters);
  const links = createSetupLinks({ store, clock, passwords, limiter: signIns });
  const linkUrl = (token: string): string => setupUrl(publicOrigin, token);
  const forgotten = createForgottenPasswords({
    store,
    links,
    linkUrl,
    post: mailer,
    counters,
    onMailed: (userId) => logger.info({ userId }, 'a link for a forgotten password was mailed'),
    onFailure: (userId, failure) => {
      const why = failure instanceof Error ? { err: failure } : { failure };
      logger.error({ userId, ...why }, 'a link for a forgotten password was not mailed');
    },
  });
  const seal = createSessionSeal(parts.sessionSecret, clock);
  const sessions = createSessions({ store, clock, passwords, limiter: signIns, seal });
  const cookie = createSessionCookie(publicOrigin);
  const requireMember = createRequireMember({ store, sessions, cookie, requireKey, answers, publicOrigin });

  const secureHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: nothingAllowed },
    // Browsers believe it over https alone.
    strictTransportSecurity: publicOrigin.startsWith('https:') && { includeSubDomains: config.isHstsForSubdomains },
  });
  // A flood of sign-ins or of changes.
  app.use(['/api/session', '/api/setup', '/api/organizations', '/api/org'], createPaced(answers));
  app.use(headerGuard, secureHeaders);
  app.use(createSessionRoutes({ store, clock, sessions, links, forgotten, cookie, answers, publicOrigin }));
  app.use(
    createOrgRoutes({
      store,
      clock,
      secrets,
      keyWrites: createKeyWriteLimiter(counters),
      links,
      requireMember,
      answers,
      upstreams: config.agentUpstreams,
      troubles,
      preview: createPreview({ counters, clock, openAgent, onAgentError }),
      listUnanswered: createListUnanswered({ store, openKnowledge }),
      linkUrl,
      mailInvitation: createMailInvitation({ store, post, counters }),
      serverRetentionDays: config.retention.conversationDays,
      webhooks: webhooks.parts,
      checkPage: createPageChecks({
        counters,
        clock,
        isPrivateAllowed: config.isPrivatePageCheckAllowed,
        ownOrigin: publicOrigin,
      }),
    }),
  );
  app.use(
    createDashboardRoutes({
      folder: join(parts.builtFolder, 'dashboard'),
      widgetFolder: join(parts.builtFolder, 'widget'),
      publicOrigin,
      answers,
    }),
  );
  const guides = readGuides(packageFolder);
  app.use(createDocsRoutes({ folder: join(parts.builtFolder, 'reference'), guides, answers }));
  app.use(createGuideRoutes(guides, docsUrl, answers));
  app.use(createOpenapiRoutes(join(parts.builtFolder, 'server'), answers));
  app.use(createWidgetRoutes(join(parts.builtFolder, 'widget'), answers));
  if (config.isDemoOn) {
    const keys = createKeyManager({ store, clock, secrets, actor: demoPage });
    app.use(
      createDemoRoutes({
        folder: demoFolder,
        publicOrigin,
        findDemo,
        store,
        meter,
        clock,
        keys,
        authenticator,
        isServing: parts.isServing,
        answers,
      }),
    );
  }
  app.use(createHealthRoutes({ store, isServing: parts.isServing, version, answers }));
  app.use(createMetricsRoutes({ metrics, clock, token: config.metricsToken, answers }));
  app.use(answers.notFound);
  app.use(answers.onError);
  return { express: app, meter, webhooks, links, forgotten, docsUrl, nextRequestId };
}

/** Express takes an address with a port, or in brackets, for none, and so for a stranger's. */
function trustProxy(app: Express, setting: NonNullable<Config['trustProxy']>): void {
  app.set('trust proxy', setting);
  const isTrusted = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  app.set('trust proxy', (address: string, hop: number) => isTrusted(parseAddress(address) ?? address, hop));
}
