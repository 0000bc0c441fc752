import { strict as assert } from "node:assert";
import { addressOf, type Connection, createMessage, decode, encode } from "../../lib/report/wire.ts";

Deno.test("decode() returns what encode() was given, with identities and buffers", () => {
  const message = { ...createMessage("comm_msg", { text: "ä" }), identities: [new Uint8Array([0, 1])], buffers: [new Uint8Array([2, 3])] };
  assert.deepEqual(decode(encode(message, "key"), "key"), message);
  assert.deepEqual(decode(encode(message, ""), ""), message);
});

Deno.test("encode() signs as the protocol says: HMAC-SHA-256 of the four JSON parts", () => {
  const [, signature, ...parts] = encode(createMessage("kernel_info_request", {}), "key").map((frame) => new TextDecoder().decode(frame));
  assert.match(signature, /^[0-9a-f]{64}$/);
  assert.deepEqual(parts.slice(1), ["{}", "{}", "{}"]);
});

Deno.test("decode() refuses another key's message and what is no message", () => {
  const frames = encode(createMessage("execute_request", { code: "1" }), "another key");
  assert.throws(() => decode(frames, "key"), { name: "TypeError", message: "Cannot read message as it must be signed with the connection's key" });
  const message = "Cannot read message as it must have a delimiter and five parts after it: 3 frames";
  assert.throws(() => decode(frames.slice(0, 3), "key"), { name: "TypeError", message });
});

Deno.test("addressOf() follows the transport", () => {
  const connection = { transport: "tcp", ip: "127.0.0.1", shell_port: 5 } as Connection;
  assert.equal(addressOf(connection, "shell"), "tcp://127.0.0.1:5");
  assert.equal(addressOf({ ...connection, transport: "ipc", ip: "/run/kernel" }, "shell"), "ipc:///run/kernel-5");
});
