/** What every store must do with organizations. */
import { beforeEach, describe, expect, test } from 'vitest';
import { unbound } from '../../../server/records/budget.ts';
import { sampleHold, sampleOrganization, sampleTime } from '../../support/sample-records.ts';
import type { Given, StoreUnderTest } from './given.ts';

export function testOrganizations(given: () => Given): void {
  describe('organizations', () => {
    let store: StoreUnderTest;
    let org: string;

    beforeEach(() => {
      ({ store, org } = given());
    });

    test('are found as they were made; the same id again is a conflict', async () => {
      const organization = sampleOrganization();
      expect(await store.createOrganization(organization, 3)).toBe('created');
      expect(await store.createOrganization({ ...organization, name: 'Other' }, 99)).toBe('conflict');
      expect(await store.findOrganization(organization.id)).toStrictEqual(organization);
      expect(await store.findCredits(organization.id)).toStrictEqual({ granted: 3, spent: 0 });
    });

    test('keep the contact for visitors as a whole, until it is taken back', async () => {
      const contact = { text: 'Ask us: {"$ne":1}', email: 'help@example.com', leaveMessage: true };
      const privacyUrl = 'https://example.com/privacy';
      const organization = await store.findOrganization(org);
      const made = await store.changeOrganization(org, { contact, privacyUrl });
      expect(made).toStrictEqual({ before: organization, after: { ...organization, contact, privacyUrl } });
      const other = { phone: '+49 30 1234567', url: 'https://example.com/contact', leaveMessage: false };
      await store.changeOrganization(org, { contact: other });
      expect(await store.findOrganization(org)).toStrictEqual({ ...organization, contact: other, privacyUrl });
      expect(await store.findPublicOrganization(org)).toStrictEqual({ id: org, contact: other, privacyUrl });
      await store.changeOrganization(org, { contact: null, privacyUrl: null });
      expect(await store.findOrganization(org)).toStrictEqual({ ...organization, contact: null, privacyUrl: null });
    });

    test('that are not there are not found', async () => {
      expect(await store.findOrganization('org_none')).toBeUndefined();
      expect(await store.findPublicOrganization('org_none')).toBeUndefined();
      expect(await store.findCredits('org_none')).toBeUndefined();
      expect(await store.grantCredits('org_none', 1)).toBe('not_found');
      expect(await store.holdCredits('org_none', sampleHold(), unbound)).toBe('not_found');
      expect(await store.settleHold('org_none', sampleHold(), 1)).toBe('not_found');
      expect(await store.moveHold('org_none', sampleHold(), 'atm_new', sampleTime)).toBe('not_found');
    });
  });
}
