/**
 * Memory that is free but not given back: what JavaScript no longer refers to (a hundred megabytes and more after a model was loaded: the collector
 * waits until its own heap is full, and weights do not count as that), and what the C library's allocator holds for later: tracing frees much of
 * what it took, in pieces between others that stay.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Gives what is free back to the system; where the C library cannot (it is not glibc), only what JavaScript held. It takes some 70 ms, and pages
 * that are needed again are faulted in again: for the time between two runs, not between two steps.
 */
export function returnFreeMemory(): void {
  collectGarbage();
  if (Deno.build.os !== "linux") return;
  try {
    const library = Deno.dlopen("libc.so.6", { malloc_trim: { parameters: ["usize"], result: "i32" } });
    library.symbols.malloc_trim(0n);
    library.close();
  } catch {
    // another C library, as on Alpine: the memory stays with the process, for its next use
  }
}

let collector: (() => void) | undefined;

/** V8's own, which a new context is given once the flag is set: no flag on the command line is needed. */
function collectGarbage(): void {
  if (!collector) {
    setFlagsFromString("--expose-gc");
    collector = runInNewContext("gc") as () => void;
  }
  collector();
}
