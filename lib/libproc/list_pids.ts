/**
 * Lists of processes, under the names of libproc.h.
 *
 * @module
 */
export {
  getAllPids as procListallpids,
  getPidsForPgrp as procListpgrppids,
  getPidsForPpid as procListchildpids,
  listPids as procListpids,
} from "../calls/list_pids.ts";
