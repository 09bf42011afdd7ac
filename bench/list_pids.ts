/**
 * Measures listPids() in the runtime that this program runs in.
 *
 * Answers requests as answers.ts describes, `TYPE TYPEINFO MILLISECONDS` a line, where TYPE is a
 * `PROC_*_ONLY` number, with the process ids that the last run listed. list_pids.c does the same in C.
 *
 * @module
 */
import { listPids } from "../mod.ts";
import { answerRequests, work } from "./answers.ts";

await answerRequests((type, typeinfo) =>
  work(() => listPids(Number(type), Number(typeinfo)), (pids) => Array.from(pids))
);
