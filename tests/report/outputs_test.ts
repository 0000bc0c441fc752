import { strict as assert } from "node:assert";
import type { Output } from "../../lib/report/notebook.ts";
import { createOutputs } from "../../lib/report/outputs.ts";

Deno.test("createOutputs() joins what one stream prints in a row", () => {
  const outputs: Output[] = [], gather = createOutputs();
  for (const [name, text] of [["stdout", "a\n"], ["stdout", "b\n"], ["stderr", "e\n"], ["stdout", "c\n"]]) {
    gather.into(outputs, { type: "stream", content: { name, text } });
  }
  assert.deepEqual(outputs.map((output) => output.output_type === "stream" && output.text), ["a\nb\n", "e\n", "c\n"]);
});

Deno.test("createOutputs() updates every display of an id, in whatever cell", () => {
  const first: Output[] = [], second: Output[] = [], gather = createOutputs();
  const show = (type: string, text: string) => ({ type, content: { data: { "text/plain": text }, metadata: {}, transient: { display_id: "bar" } } });
  gather.into(first, show("display_data", "0 %"));
  gather.into(second, show("display_data", "0 %"));
  gather.into(second, show("update_display_data", "100 %"));
  for (const outputs of [first, second]) assert.deepEqual(outputs, [{ output_type: "display_data", data: { "text/plain": "100 %" }, metadata: {} }]);
});

Deno.test("createOutputs() clears at once, or with the next output", () => {
  const outputs: Output[] = [],
    gather = createOutputs(),
    print = (text: string) => gather.into(outputs, { type: "stream", content: { name: "stdout", text } });
  print("a");
  gather.into(outputs, { type: "clear_output", content: { wait: true } });
  assert.equal(outputs.length, 1);
  print("b");
  assert.deepEqual(outputs, [{ output_type: "stream", name: "stdout", text: "b" }]);
  gather.into(outputs, { type: "clear_output", content: {} });
  gather.into(outputs, { type: "comm_open", content: {} }); // shows nothing
  assert.deepEqual(outputs, []);
});
