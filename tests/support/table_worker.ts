/**
 * Receives tables, and posts their rows.
 *
 * @module
 */
import process from "node:process";
import { parentPort } from "node:worker_threads";
import type { FieldName } from "../../lib/process/fields/mod.ts";
import { tableRow } from "../../lib/process/row.ts";
import { type ProcessTable, tableBuffers } from "../../lib/process/table.ts";

const port = parentPort;
if (!port) process.exit(1);
port.on("message", (table: ProcessTable<FieldName>) => {
  const rows = Array.from({ length: table.count }, (_, row) => tableRow(table, row));
  port.postMessage({ rows, table }, tableBuffers(table));
});
