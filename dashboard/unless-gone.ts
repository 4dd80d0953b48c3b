import { toApiError } from '../ui/api-error.ts';

/** A deletion: somebody who was faster did what the person wants. */
export async function unlessGone(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (toApiError(error).code !== 'not_found') throw error;
  }
}
