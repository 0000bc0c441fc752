/** What a cell publishes, gathered into a notebook's outputs as Jupyter's own front ends do. */
import type { Published } from "./kernel_client.ts";
import type { MimeBundle, Output } from "./notebook.ts";
import { textOf } from "./notebook.ts";

type Shown = Extract<Output, { output_type: "display_data" | "execute_result" }>;

/** Gathers outputs over a whole notebook: a display can be updated by a later cell. */
export function createOutputs(): { into(outputs: Output[], published: Published): void } {
  const byDisplayId = new Map<string, Shown[]>();
  const clearOnNext = new WeakSet<Output[]>();

  return {
    into(outputs, { type, content }) {
      if (type === "update_display_data") {
        for (const shown of byDisplayId.get(content.transient?.display_id) ?? []) {
          Object.assign(shown, { data: content.data, metadata: content.metadata ?? {} });
        }
        return;
      }
      if (type === "clear_output") {
        if (content.wait) clearOnNext.add(outputs);
        else outputs.length = 0;
        return;
      }
      const output = outputOf(type, content);
      if (!output) return; // comm messages and the like show nothing
      if (clearOnNext.delete(outputs)) outputs.length = 0;
      const last = outputs.at(-1);
      if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
        last.text = textOf(last.text) + textOf(output.text);
        return;
      }
      outputs.push(output);
      const id = content.transient?.display_id;
      if (id !== undefined && "data" in output) byDisplayId.set(id, [...byDisplayId.get(id) ?? [], output]);
    },
  };
}

function outputOf(type: string, content: Published["content"]): Output | null {
  const data = content.data as MimeBundle, metadata = content.metadata ?? {};
  if (type === "stream") return { output_type: "stream", name: content.name, text: content.text };
  if (type === "display_data") return { output_type: "display_data", data, metadata };
  if (type === "execute_result") return { output_type: "execute_result", execution_count: content.execution_count, data, metadata };
  if (type === "error") return { output_type: "error", ename: content.ename, evalue: content.evalue, traceback: content.traceback };
  return null;
}
