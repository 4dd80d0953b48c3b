/** `/api/org/{organizationId}`: everything that an organization keeps, for its members and its own key pairs. */
import type { Router } from 'express';
import { addOrgAgentRoutes, type OrgAgentParts } from './agents.ts';
import { addPageCheckRoute, type PageCheckRouteParts } from './check-page.ts';
import { addOrgConversationRoutes } from './conversations.ts';
import { addOrgExportRoute } from './export.ts';
import { addOrgKeyRoutes } from './keys.ts';
import { addOrgAuditRoutes } from './audit.ts';
import { addOrgMemberRoutes, type OrgMemberParts } from './members.ts';
import { addOrgSettingsRoutes, type OrgSettingsParts } from './settings.ts';
import { addOrgUsageRoutes } from './usage.ts';
import { addOrgWebhookRoutes, type OrgWebhookParts } from './webhooks.ts';
import { createExactRouter } from '../../exact-router.ts';
import { createExports } from '../../exports.ts';

export function createOrgRoutes(
  parts: OrgMemberParts & OrgAgentParts & OrgWebhookParts & PageCheckRouteParts & OrgSettingsParts,
): Router {
  const routes = createExactRouter();
  routes.use('/api/org', (_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    next();
  });
  addOrgKeyRoutes(routes, parts);
  addOrgUsageRoutes(routes, parts);
  addOrgAgentRoutes(routes, parts);
  const exports = createExports();
  addOrgConversationRoutes(routes, parts, exports);
  addOrgExportRoute(routes, parts, exports);
  addOrgMemberRoutes(routes, parts);
  addOrgAuditRoutes(routes, parts);
  addOrgSettingsRoutes(routes, parts);
  addOrgWebhookRoutes(routes, parts);
  addPageCheckRoute(routes, parts);
  return routes;
}
