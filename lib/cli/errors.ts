/** How a command fails: one clear sentence, an exit code, and the stack only for those who ask for it. */

/** A command that has said all there is to say, or has nothing to add. */
export class ExitError extends Error {
  override readonly name = "ExitError";
  constructor(readonly code: number, message = "") {
    super(message);
  }
}

/** The sentence for an error; with LOWRANK_DEBUG=1 the stack and its causes instead. */
export function sentence(error: unknown, debug = Deno.env.get("LOWRANK_DEBUG") === "1"): string {
  if (!(error instanceof Error)) return String(error);
  if (debug) return `${error.stack ?? error.message}${error.cause ? `\nCaused by: ${sentence(error.cause, true)}` : ""}`;
  return /^(Cannot|error:)/.test(error.message) || error instanceof ExitError
    ? error.message
    : `Cannot go on: ${error.message} (LOWRANK_DEBUG=1 shows where)`;
}
