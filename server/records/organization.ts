import type { Contact } from './contact.ts';

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** Credits that publishable calls leave for secret calls; null: a fifth of what was granted. */
  readonly reservedCredits: number | null;
  /** Reading and exporting conversations is in the audit log. Absent: it isn't. */
  readonly auditReading?: boolean;
  /** So long a conversation stays after it was last active. Absent: as long as the server keeps those of everybody. */
  readonly retentionDays?: number;
  /** Absent or null: visitors are told of none. */
  readonly contact?: Contact | null;
  /** Its privacy notice, an https address. Absent or null: none is known. */
  readonly privacyUrl?: string | null;
}

/** What every visitor may know of it. */
export type PublicOrganization = Pick<Organization, 'id' | 'contact' | 'privacyUrl'>;

/** The retention that an organization chose. */
export interface OwnRetention {
  readonly organizationId: string;
  readonly retentionDays: number;
}

export function publicPart({ id, contact, privacyUrl }: Organization): PublicOrganization {
  return { id, ...(contact !== undefined && { contact }), ...(privacyUrl !== undefined && { privacyUrl }) };
}

/** An hour, nearly. */
export const retentionDaysMin = 0.04;
export const retentionDaysMax = 365;

/** What it keeps back for secret calls, in credits. */
export function reserveOf(reservedCredits: number | null | undefined, granted: number): number {
  return reservedCredits ?? Math.floor(granted / 5);
}
