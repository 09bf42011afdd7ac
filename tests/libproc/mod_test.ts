import { assertEquals } from "@std/assert";
import { test } from "node:test";
import * as libproc from "../../lib/libproc/mod.ts";

/** The functions of libproc.h and libproc_internal.h that call `__proc_info()`. */
const C_NAMES = [
  "proc_can_use_foreground_hw",
  "proc_clear_delayidlesleep",
  "proc_clear_dirty",
  "proc_current_thread_schedinfo",
  "proc_get_dirty",
  "proc_kmsgbuf",
  "proc_libversion",
  "proc_list_dynkqueueids",
  "proc_list_uptrs",
  "proc_listallpids",
  "proc_listchildpids",
  "proc_listcoalitions",
  "proc_listpgrppids",
  "proc_listpids",
  "proc_listpidspath",
  "proc_name",
  "proc_pid_rusage",
  "proc_piddynkqueueinfo",
  "proc_pidfdinfo",
  "proc_pidfileportinfo",
  "proc_pidinfo",
  "proc_pidoriginatorinfo",
  "proc_pidpath",
  "proc_pidpath_audittoken",
  "proc_regionfilename",
  "proc_set_delayidlesleep",
  "proc_set_dirty",
  "proc_set_owner_vmpressure",
  "proc_setpcontrol",
  "proc_setthreadname",
  "proc_signal_delegate",
  "proc_signal_with_audittoken",
  "proc_terminate",
  "proc_terminate_all_rsr",
  "proc_terminate_delegate",
  "proc_terminate_with_audittoken",
  "proc_track_dirty",
  "proc_udata_info",
];

const camelCase = (name: string) =>
  name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

test("libproc has every function of libproc.h in camel case, and no other of that kind", () => {
  const functions = Object.entries(libproc)
    .filter(([name, value]) => name.startsWith("proc") && typeof value === "function")
    .map(([name]) => name);
  assertEquals(functions.sort(), C_NAMES.map(camelCase).sort());
});
