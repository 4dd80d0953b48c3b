/** Tells "the server can't be reached or can't answer now" from a mistake in the program. */
import mongoose from 'mongoose';
import { StoreUnavailableError } from '../port.ts';

const { mongo } = mongoose;

/** Not primary, stepping down, shutting down, out of time or of disk: another attempt later may succeed. */
const unavailableCodes: ReadonlySet<unknown> = new Set([
  6, 7, 50, 64, 89, 91, 100, 133, 134, 189, 262, 9001, 10058, 10107, 11600, 11601, 11602, 13435, 13436, 14031,
]);

/** These the driver doesn't export as classes, or they say that the client has no connection. */
const unavailableNames: ReadonlySet<string> = new Set([
  'MongoWaitQueueTimeoutError',
  'MongoPoolClosedError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoClientClosedError',
  'MongoServerClosedError',
  'MongoExpiredSessionError',
]);

export function isUnavailable(error: unknown): boolean {
  if (error instanceof mongo.MongoNetworkError || error instanceof mongo.MongoSystemError) return true;
  if (error instanceof mongoose.Error.MongooseServerSelectionError) return true;
  // What goes wrong in a bulk operation is wrapped, and its class is lost.
  if (error instanceof mongo.MongoBulkWriteError && isUnavailable(error.errorResponse)) return true;
  if (error instanceof mongo.MongoServerError)
    return unavailableCodes.has(error.code) || error.hasErrorLabel('RetryableWriteError');
  return error instanceof Error && (unavailableNames.has(error.name) || 'syscall' in error);
}

/** One line for the log: what the driver says, or the last of its reasons. */
export function describeUnavailable(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof StoreUnavailableError && error.cause !== undefined
    ? describeUnavailable(error.cause)
    : error.message;
}
