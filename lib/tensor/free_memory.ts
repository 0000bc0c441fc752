/** Memory that the C library's allocator holds for later: tracing frees much of what it took, in pieces between others that stay. */

/**
 * Gives what is free back to the system; where the C library cannot (it is not glibc), nothing happens. It takes some 10 ms, and pages that
 * are needed again are faulted in again: for the time between two runs, not between two steps.
 */
export function returnFreeMemory(): void {
  if (Deno.build.os !== "linux") return;
  try {
    const library = Deno.dlopen("libc.so.6", { malloc_trim: { parameters: ["usize"], result: "i32" } });
    library.symbols.malloc_trim(0n);
    library.close();
  } catch {
    // another C library, as on Alpine: the memory stays with the process, for its next use
  }
}
