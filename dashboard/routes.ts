/** The one table of pages; the first that fits counts. No page imports it, so that pages can import the router. */
import type { Route } from './route.ts';

const settings = '/org/:organizationId/settings';

export const routes: readonly Route[] = [
  { path: '/', tag: 'page-home', needs: 'session', load: async () => (await import('./pages/home.ts')).HomePage },
  {
    path: '/sign-in',
    tag: 'page-sign-in',
    needs: 'nothing',
    load: async () => (await import('./pages/sign-in.ts')).SignInPage,
  },
  {
    path: '/forgotten',
    tag: 'page-forgotten',
    needs: 'nothing',
    load: async () => (await import('./pages/forgotten.ts')).ForgottenPage,
  },
  {
    path: '/setup',
    tag: 'page-setup',
    needs: 'nothing',
    load: async () => (await import('./pages/setup.ts')).SetupPage,
  },
  {
    path: `${settings}/api-keys`,
    tag: 'page-api-keys',
    needs: 'organization',
    section: 'api-keys',
    load: async () => (await import('./pages/api-keys.ts')).ApiKeysPage,
  },
  {
    path: `${settings}/api-keys/:keyId`,
    tag: 'page-key',
    needs: 'organization',
    section: 'api-keys',
    load: async () => (await import('./pages/key.ts')).KeyPage,
  },
  {
    path: `${settings}/usage`,
    tag: 'page-usage',
    needs: 'organization',
    section: 'usage',
    load: async () => (await import('./pages/usage.ts')).UsagePage,
  },
  {
    path: `${settings}/agents`,
    tag: 'page-agents',
    needs: 'organization',
    section: 'agents',
    load: async () => (await import('./pages/agents.ts')).AgentsPage,
  },
  {
    path: `${settings}/agents/new`,
    tag: 'page-agent',
    needs: 'organization',
    section: 'agents',
    load: async () => (await import('./pages/agent.ts')).AgentPage,
  },
  {
    path: `${settings}/agents/:agentId`,
    tag: 'page-agent',
    needs: 'organization',
    section: 'agents',
    load: async () => (await import('./pages/agent.ts')).AgentPage,
  },
  {
    path: `${settings}/conversations`,
    tag: 'page-conversations',
    needs: 'organization',
    section: 'conversations',
    load: async () => (await import('./pages/conversations.ts')).ConversationsPage,
  },
  {
    path: `${settings}/conversations/:conversationId`,
    tag: 'page-conversation',
    needs: 'organization',
    section: 'conversations',
    load: async () => (await import('./pages/conversation.ts')).ConversationPage,
  },
  {
    path: `${settings}/members`,
    tag: 'page-members',
    needs: 'organization',
    section: 'members',
    load: async () => (await import('./pages/members.ts')).MembersPage,
  },
  {
    path: `${settings}/webhooks`,
    tag: 'page-webhooks',
    needs: 'organization',
    section: 'webhooks',
    load: async () => (await import('./pages/webhooks.ts')).WebhooksPage,
  },
  {
    path: `${settings}/audit`,
    tag: 'page-audit',
    needs: 'organization',
    section: 'audit',
    load: async () => (await import('./pages/audit.ts')).AuditPage,
  },
  {
    path: `${settings}/general`,
    tag: 'page-settings',
    needs: 'organization',
    section: 'general',
    load: async () => (await import('./pages/settings.ts')).SettingsPage,
  },
  {
    path: '/account',
    tag: 'page-account',
    needs: 'session',
    load: async () => (await import('./pages/account.ts')).AccountPage,
  },
];
