import { z } from 'zod';

export const grantInput = z.strictObject({ grant: z.number().int().min(1).max(1_000_000_000) });
