/** The organization that both sides answer for. */
export const benchOrganizationId = 'org_bench';
