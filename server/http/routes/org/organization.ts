/** `/api/org/{organizationId}`: everything that an organization keeps, for its members and its own key pairs. */
import type { Router } from 'express';
import { addOrgAgentRoutes, type OrgAgentParts } from './agents.ts';
import { addOrgKeyRoutes } from './keys.ts';
import { addOrgMemberRoutes, type OrgMemberParts } from './members.ts';
import { addOrgSettingsRoutes } from './settings.ts';
import { addOrgUsageRoutes } from './usage.ts';
import { createExactRouter } from '../../exact-router.ts';

export function createOrgRoutes(parts: OrgMemberParts & OrgAgentParts): Router {
  const routes = createExactRouter();
  routes.use('/api/org', (_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    next();
  });
  addOrgKeyRoutes(routes, parts);
  addOrgUsageRoutes(routes, parts);
  addOrgAgentRoutes(routes, parts);
  addOrgMemberRoutes(routes, parts);
  addOrgSettingsRoutes(routes, parts);
  return routes;
}
