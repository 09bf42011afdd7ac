import { ShortAnswerError } from "../calls/reply.ts";
import { ERRNO, ProcInfoError } from "../system/errors.ts";

/**
 * Returns the result of `query`; undefined if only this query fails. Errors that the next query would
 * have as well (`EPERM`, `ENOTSUP`) are thrown.
 */
export function unlessRefused<T>(query: () => T): T | undefined {
  try {
    return query();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === ERRNO.EPERM || errno === ERRNO.ENOTSUP) throw error;
    return undefined;
  }
}

/** Returns the errno of a failed call; 0 for a short answer. Throws any other error. */
export function errnoOf(error: unknown): number {
  if (error instanceof ProcInfoError) return error.errno;
  if (error instanceof ShortAnswerError) return 0;
  throw error;
}
