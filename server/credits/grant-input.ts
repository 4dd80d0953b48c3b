import { z } from 'zod';

const creditsMax = 1_000_000_000;

export const reserveInput = z.strictObject({ reservedCredits: z.number().int().min(0).max(creditsMax).nullable() });
export const grantInput = z.strictObject({ grant: z.number().int().min(1).max(creditsMax) });
