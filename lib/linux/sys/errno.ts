/** Darwin's number for each of Linux's that differs; up to 34 the two agree, but for `EDEADLK`. */
const TO_DARWIN: Readonly<Record<number, number>> = {
  11: 35, // EAGAIN
  35: 11, // EDEADLK
  36: 63, // ENAMETOOLONG
  37: 77, // ENOLCK
  38: 78, // ENOSYS
  39: 66, // ENOTEMPTY
  40: 62, // ELOOP
  42: 91, // ENOMSG
  43: 90, // EIDRM
  61: 93, // ENODATA, where Darwin says ENOATTR
  62: 101, // ETIME
  71: 100, // EPROTO
  74: 94, // EBADMSG
  75: 84, // EOVERFLOW
  84: 92, // EILSEQ
  87: 68, // EUSERS
  88: 38, // ENOTSOCK
  89: 39, // EDESTADDRREQ
  90: 40, // EMSGSIZE
  91: 41, // EPROTOTYPE
  92: 42, // ENOPROTOOPT
  93: 43, // EPROTONOSUPPORT
  94: 44, // ESOCKTNOSUPPORT
  95: 45, // EOPNOTSUPP, which is Linux's ENOTSUP too
  96: 46, // EPFNOSUPPORT
  97: 47, // EAFNOSUPPORT
  98: 48, // EADDRINUSE
  99: 49, // EADDRNOTAVAIL
  100: 50, // ENETDOWN
  101: 51, // ENETUNREACH
  102: 52, // ENETRESET
  103: 53, // ECONNABORTED
  104: 54, // ECONNRESET
  105: 55, // ENOBUFS
  106: 56, // EISCONN
  107: 57, // ENOTCONN
  108: 58, // ESHUTDOWN
  110: 60, // ETIMEDOUT
  111: 61, // ECONNREFUSED
  112: 64, // EHOSTDOWN
  113: 65, // EHOSTUNREACH
  114: 37, // EALREADY
  115: 36, // EINPROGRESS
  116: 70, // ESTALE
  122: 69, // EDQUOT
  125: 89, // ECANCELED
};

const LAST_COMMON = 34;
const EIO = 5;

/**
 * A negated Linux errno as the negated Darwin errno of the same name; `-EIO` for a name that Darwin
 * does not have.
 */
export function toDarwin(answer: number): number {
  const errno = -answer;
  return -(TO_DARWIN[errno] ?? (errno <= LAST_COMMON ? errno : EIO));
}
