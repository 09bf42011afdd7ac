/**
 * Measures `listPids()` in the runtime that runs this program.
 *
 * Replies to requests as answers.ts describes, one line `TYPE TYPEINFO MILLISECONDS` each. TYPE is
 * a `PROC_*_ONLY` number. The result is the pids of the last run. list_pids.c does the same in C.
 *
 * @module
 */
import { listPids } from "../mod.ts";
import { answerRequests, work } from "./answers.ts";

await answerRequests((type, typeinfo) =>
  work(() => listPids(Number(type), Number(typeinfo)), (pids) => Array.from(pids))
);
