import { describe, expect, it } from 'vitest';
import { matchRoute, sectionPath } from '../../dashboard/route.ts';
import { routes } from '../../dashboard/routes.ts';

const match = (pathname: string) => {
  const found = matchRoute(routes, pathname);
  return found && { tag: found.route.tag, ...found.params };
};

describe('the pages of the dashboard', () => {
  it.each([
    ['/', { tag: 'page-home' }],
    ['/sign-in', { tag: 'page-sign-in' }],
    ['/forgotten', { tag: 'page-forgotten' }],
    ['/setup', { tag: 'page-setup' }],
    ['/account', { tag: 'page-account' }],
    ['/org/org_1/settings/api-keys', { tag: 'page-api-keys', organizationId: 'org_1' }],
    ['/org/org_1/settings/api-keys/', { tag: 'page-api-keys', organizationId: 'org_1' }],
    ['/org/org_1/settings/api-keys/key_1', { tag: 'page-key', organizationId: 'org_1', keyId: 'key_1' }],
    ['/org/org_1/settings/usage', { tag: 'page-usage', organizationId: 'org_1' }],
    ['/org/org_1/settings/agents', { tag: 'page-agents', organizationId: 'org_1' }],
    ['/org/org_1/settings/agents/new', { tag: 'page-agent', organizationId: 'org_1' }],
    ['/org/org_1/settings/agents/agt_1', { tag: 'page-agent', organizationId: 'org_1', agentId: 'agt_1' }],
    ['/org/org_1/settings/members', { tag: 'page-members', organizationId: 'org_1' }],
    ['/org/org_1/settings/webhooks', { tag: 'page-webhooks', organizationId: 'org_1' }],
    ['/org/org_1/settings/audit', { tag: 'page-audit', organizationId: 'org_1' }],
  ])('%s is one', (pathname, expected) => {
    expect(match(pathname)).toEqual(expected);
  });

  it.each([
    '/demo',
    '/api/session',
    '/org',
    '/org/org_1',
    '/org//settings/api-keys',
    '/org/a%2fb/settings/api-keys',
    '/org/../settings/api-keys',
    '/org/org_1/settings/api-keys/key_1/more',
    '//sign-in',
  ])('%s is none', (pathname) => {
    expect(match(pathname)).toBeUndefined();
  });

  it('need an organization exactly when their path names one', () => {
    const wrong = routes.filter(({ path, needs }) => path.includes(':organizationId') !== (needs === 'organization'));
    expect(wrong).toEqual([]);
  });

  it('are where the navigation leads', () => {
    expect(match(sectionPath('org_1', 'audit'))).toEqual({ tag: 'page-audit', organizationId: 'org_1' });
  });
});
