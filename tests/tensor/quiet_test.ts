import assert from "node:assert/strict";
import { withQuietStderr } from "../../lib/tensor/quiet.ts";

Deno.test("withQuietStderr() just runs fn where the C library cannot be opened", () => {
  const { dlopen } = Deno;
  let calls = 0;
  Deno.dlopen = () => {
    calls++;
    throw new Error("Could not open library: libc.so.6");
  };
  try {
    assert.equal(withQuietStderr(() => 7), 7);
    assert.ok(calls <= 1);
  } finally {
    Deno.dlopen = dlopen;
  }
});

Deno.test("withQuietStderr() passes on what fn returns and throws", () => {
  assert.equal(withQuietStderr(() => "value"), "value");
  assert.throws(() =>
    withQuietStderr(() => {
      throw new RangeError("own error");
    }), { name: "RangeError", message: "own error" });
});
