/**
 * The unit of an interface whose name does not end in a number, such as `lo` of Linux. On macOS,
 * every interface has a unit.
 */
export const NO_UNIT = 0xffffffff;
