/**
 * Linux's error numbers that differ from Darwin's; up to 34 the two agree, but for `EDEADLK`.
 */
const TO_DARWIN: Readonly<Record<number, number>> = {
  11: 35, // EAGAIN
  35: 11, // EDEADLK
  36: 63, // ENAMETOOLONG
  38: 78, // ENOSYS
  40: 62, // ELOOP
  61: 93, // ENODATA, where Darwin says ENOATTR
  75: 84, // EOVERFLOW
  88: 38, // ENOTSOCK
  95: 45, // EOPNOTSUPP, which is Linux's ENOTSUP too
  105: 55, // ENOBUFS
  110: 60, // ETIMEDOUT
};

/** A negated Linux errno as the negated Darwin errno of the same name. */
export function toDarwin(answer: number): number {
  return -(TO_DARWIN[-answer] ?? -answer);
}
