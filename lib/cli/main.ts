/** The command line. */
import { main } from "./program.ts";

if (import.meta.main) Deno.exit(await main(Deno.args)); // native threads may outlive the last command
