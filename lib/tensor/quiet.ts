/** Keeps what native code writes to standard error while it starts (TensorFlow's notes on oneDNN) away from the user. */

const libc = { darwin: "libSystem.dylib", linux: "libc.so.6" } as Partial<Record<typeof Deno.build.os, string>>;

/** Runs `fn` with file descriptor 2 pointing to the null device; on a system without a known C library, just runs it. */
export function withQuietStderr<T>(fn: () => T): T {
  const library = openLibc();
  if (!library) return fn();
  const c = library.symbols, writeOnly = 1;
  const sink = c.open(new TextEncoder().encode("/dev/null\0"), writeOnly);
  const saved = c.dup(2);
  try {
    if (sink >= 0 && saved >= 0) c.dup2(sink, 2);
    return fn();
  } finally {
    if (saved >= 0) {
      c.dup2(saved, 2);
      c.close(saved);
    }
    if (sink >= 0) c.close(sink);
    library.close();
  }
}

function openLibc() {
  const file = libc[Deno.build.os];
  if (!file) return null;
  try {
    return Deno.dlopen(file, {
      dup: { parameters: ["i32"], result: "i32" },
      dup2: { parameters: ["i32", "i32"], result: "i32" },
      open: { parameters: ["buffer", "i32"], result: "i32" },
      close: { parameters: ["i32"], result: "i32" },
    });
  } catch {
    return null; // another C library, as on Alpine: the notes are seen, and nothing else is lost
  }
}
