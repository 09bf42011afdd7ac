/**
 * The flavors of `PROC_INFO_CALL_PIDRUSAGE` (bsd/sys/resource.h).
 *
 * The kernel ignores the size of the buffer. It writes the whole struct of the flavor and returns
 * 0. A flavor that it does not know fails with `EINVAL`.
 *
 * @module
 */

/** Version 0 of the resource usage: `rusage_info_v0`. macOS 10.9. */
export const RUSAGE_INFO_V0 = 0;
/** Version 1 of the resource usage: `rusage_info_v1`. macOS 10.9. */
export const RUSAGE_INFO_V1 = 1;
/** Version 2 of the resource usage: `rusage_info_v2`. macOS 10.9. */
export const RUSAGE_INFO_V2 = 2;
/** Version 3 of the resource usage: `rusage_info_v3`. macOS 10.10. */
export const RUSAGE_INFO_V3 = 3;
/** Version 4 of the resource usage: `rusage_info_v4`. macOS 10.13. */
export const RUSAGE_INFO_V4 = 4;
/** Version 5 of the resource usage: `rusage_info_v5`. macOS 11. */
export const RUSAGE_INFO_V5 = 5;
/** Version 6 of the resource usage: `rusage_info_v6`. macOS 13. */
export const RUSAGE_INFO_V6 = 6;
/** The newest flavor that this module knows: {@linkcode RUSAGE_INFO_V6}. */
export const RUSAGE_INFO_CURRENT = 6;
