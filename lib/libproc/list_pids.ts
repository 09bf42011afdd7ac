/**
 * Functions that list processes, with their names from libproc.h.
 *
 * @module
 */
export {
  getAllPids as procListallpids,
  getPidsForPgrp as procListpgrppids,
  getPidsForPpid as procListchildpids,
  listPids as procListpids,
} from "../calls/list_pids.ts";
