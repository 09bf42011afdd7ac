import { ShortAnswerError } from "../calls/reply.ts";
import { ERRNO, ProcInfoError } from "../system/errors.ts";

/** What is answered, or undefined where that one thing is refused, and no more than that. */
export function unlessRefused<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === ERRNO.EPERM || errno === ERRNO.ENOTSUP) throw error;
    return undefined;
  }
}

/** The errno of a refusal, 0 for an answer that is cut short; anything else is thrown on. */
export function errnoOf(error: unknown): number {
  if (error instanceof ProcInfoError) return error.errno;
  if (error instanceof ShortAnswerError) return 0;
  throw error;
}
