#!/usr/bin/env node
/** The command as a program: its arguments, its streams and its exit status are those of the process. */
import process from "node:process";
import { main } from "./main.ts";
import { processOutput } from "./process_output.ts";

const output = processOutput();
process.exitCode = output.end(await main(process.argv.slice(2), output));
