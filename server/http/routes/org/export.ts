/** `/api/org/{organizationId}/export`: everything of an organization as one archive. For its owners, because all of it leaves. */
import { pipeline } from 'node:stream/promises';
import type { IRouter } from 'express';
import { toUtcDate } from '../../../gate/clock.ts';
import { archiveFiles, recordArchive } from '../../archive.ts';
import { tooManyExports, type Exports } from '../../exports.ts';
import { memberOf } from '../../locals.ts';
import { noSuchOrganization } from '../../require-member.ts';
import { zipFiles } from '../../zip.ts';
import type { OrgRouteParts } from './keys.ts';

export function addOrgExportRoute(routes: IRouter, parts: OrgRouteParts, exports: Exports): void {
  const { store, clock, requireMember, answers } = parts;

  routes
    .route('/api/org/:organizationId/export')
    .get(requireMember('owner'), async (_request, response) => {
      const { organizationId, actor } = memberOf(response);
      const leave = exports.enter(organizationId);
      if (leave === undefined) return answers.answer(response, tooManyExports);
      try {
        const [organization, credits] = await Promise.all([
          store.findOrganization(organizationId),
          store.findCredits(organizationId),
        ]);
        if (organization === undefined || credits === undefined) return answers.answer(response, noSuchOrganization);
        const nowMs = clock();
        await recordArchive(parts, actor, organization);
        response.setHeader('Content-Type', 'application/zip');
        response.setHeader(
          'Content-Disposition',
          `attachment; filename="postern-${organizationId}-${toUtcDate(nowMs)}.zip"`,
        );
        response.flushHeaders();
        const files = archiveFiles(parts, organization, credits);
        await pipeline(zipFiles(files, new Date(nowMs)), response).catch((error: unknown) => {
          if (!isReaderGone(error)) throw error;
        });
      } finally {
        leave();
      }
    })
    .all(answers.methodNotAllowed('GET'));
}

function isReaderGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
