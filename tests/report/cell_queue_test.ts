import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { createCellQueue } from "../../lib/report/cell_queue.ts";
import { createMessage, type Message } from "../../lib/report/wire.ts";

/** A queue with a kernel that says nothing by itself. */
function start(graceMs?: number) {
  const kernel: Message[] = [], front: string[] = [];
  const name = ({ header, parent, content }: Message) =>
    `${header.msg_type} ${content.text ?? content.execution_state ?? content.status ?? content.ename} of ${parent.msg_id}`;
  const queue = createCellQueue({ toKernel: (message) => kernel.push(message), toFront: (_, message) => front.push(name(message)), graceMs });
  const request = (id: string, type = "execute_request") => {
    const message = createMessage(type, { code: id, stop_on_error: true });
    message.header.msg_id = id;
    queue.request(message);
  };
  const says = (type: string, content: Record<string, unknown>, of: Message) => queue.published(createMessage(type, content, of.header));
  const ends = (of: Message, status = "ok") => {
    queue.reply(createMessage("execute_reply", { status, ename: "TypeError" }, of.header));
    says("status", { execution_state: "idle" }, of);
  };
  const tagOf = (marker: Message) => /lowrank-drained-[\w-]+/.exec(marker.content.code)![0];
  const drain = (marker: Message) => {
    says("stream", { name: "stdout", text: tagOf(marker) + "\n" }, marker);
    says(tagOf(marker), {}, marker);
    ends(marker);
  };
  return { queue, kernel, front, request, says, ends, drain, tagOf };
}

Deno.test("createCellQueue() sends a cell only when the one before has drained", () => {
  const { kernel, front, request, ends, drain } = start();
  request("a");
  request("b");
  assert.deepEqual(kernel.map(({ content }) => content.code), ["a"]);
  ends(kernel[0]);
  assert.deepEqual(front, []); // idle is held back
  drain(kernel[1]);
  assert.deepEqual(front, ["execute_reply ok of a", "status idle of a"]);
  assert.equal(kernel[2].content.code, "b");
});

Deno.test("createCellQueue() gives late output back to its cell, before the cell's idle", () => {
  const { kernel, front, request, says, ends, drain } = start();
  request("a");
  ends(kernel[0]);
  says("stream", { name: "stdout", text: "late" }, kernel[1]);
  says("execute_result", { text: "result" }, kernel[1]);
  says("status", { execution_state: "busy" }, kernel[1]); // the marker's own
  drain(kernel[1]);
  says("stream", { name: "stdout", text: "later" }, kernel[1]);
  assert.deepEqual(front, ["stream late of a", "execute_result result of a", "execute_reply ok of a", "status idle of a", "stream later of a"]);
});

Deno.test("createCellQueue() needs the tag on both output paths, and takes it out of text around it", () => {
  const { kernel, front, request, says, ends, tagOf } = start();
  request("a");
  ends(kernel[0]);
  const [, marker] = kernel, tag = tagOf(marker);
  ends(marker);
  says(tag, {}, marker);
  assert.deepEqual(front, []);
  says("stream", { name: "stdout", text: `before\n  ${tag}\n` }, marker);
  assert.deepEqual(front, ["stream before\n of a", "execute_reply ok of a", "status idle of a"]);
});

Deno.test("createCellQueue() does not wait for ever for a tag that cannot come", async () => {
  const { kernel, front, request, ends } = start(10);
  request("a");
  ends(kernel[0]);
  ends(kernel[1]); // the marker ran, but its tag did not come
  await sleep(30);
  assert.deepEqual(front, ["execute_reply ok of a", "status idle of a"]);
});

Deno.test("createCellQueue() shows an error that the kernel only replied, and aborts the cells behind", () => {
  const { kernel, front, request, ends, drain } = start();
  request("a");
  request("b");
  request("info", "kernel_info_request");
  ends(kernel[0], "error");
  drain(kernel[1]);
  assert.deepEqual(front, [
    "error TypeError of a",
    "execute_reply error of a",
    "status idle of a",
    "status busy of b",
    "execute_reply aborted of b",
    "status idle of b",
  ]);
  assert.equal(kernel[2].header.msg_type, "kernel_info_request");
});

Deno.test("createCellQueue() ends the running cell when the kernel is gone, and hands on what is not a cell", () => {
  const { queue, front, request } = start();
  request("a");
  request("b");
  request("info", "kernel_info_request");
  assert.deepEqual(queue.fail("KernelDied", "out of memory").map(({ header }) => header.msg_id), ["info"]);
  assert.deepEqual(front.slice(0, 3), ["error KernelDied of a", "execute_reply error of a", "status idle of a"]);
  assert.equal(queue.runningId(), undefined);
});
