/** A notebook whose every output carries its cell's number, and what is wrong with an executed copy: nothing, or outputs are lost or elsewhere. */
import type { CodeCell, Notebook, Output } from "../../lib/report/notebook.ts";
import { textOf } from "../../lib/report/notebook.ts";

export function codeCell(source: string, id?: string): CodeCell {
  return { cell_type: "code", id: id ?? `cell-${Math.abs(hash(source))}`, metadata: {}, source, execution_count: null, outputs: [] };
}

export function notebookOf(...sources: string[]): Notebook {
  const metadata = { kernelspec: { name: "lowrank", display_name: "lowrank-lab (Deno)", language: "typescript" } };
  return { cells: sources.map((source, index) => codeCell(source, `cell-${index}`)), metadata, nbformat: 4, nbformat_minor: 5 };
}

interface Expected {
  source: string;
  /** Lines of stdout, stderr, displays; then the result. */
  labels: string[];
  result: string | null;
}

/** Cells that print 1 to 200 lines, print to both streams, display, and end with a result or without. */
export function lossCells(): Expected[] {
  const cells: Expected[] = [];
  const add = (count: number, code: string, result: boolean) => {
    const cell = `c${cells.length}`;
    const labels = Array.from({ length: count }, (_, index) => `${cell}-l${index};`);
    const source = `for (let i = 0; i < ${count}; i++) ${code.replaceAll("LABEL", `"${cell}-l" + i + ";"`)}\n${
      result ? `"${cell}-result"` : "undefined"
    }`;
    cells.push({ source, labels, result: result ? `"${cell}-result"` : null });
  };
  for (const count of [1, 10, 50, 200]) {
    for (const result of [false, true]) {
      add(count, "console.log(LABEL);", result);
      add(count, "i % 2 ? console.log(LABEL) : console.error(LABEL);", result);
    }
  }
  for (const result of [false, true]) {
    add(20, `await Deno.jupyter.display({ "text/plain": LABEL }, { raw: true });`, result);
    add(20, `Deno.jupyter.display({ "text/plain": LABEL }, { raw: true });`, result); // not waited for
  }
  for (let repeat = 0; repeat < 10; repeat++) add(0, ";", true);
  return cells;
}

/** One sentence for each cell that does not show exactly its own outputs, once. */
export function lossesIn(executed: Notebook, expected: Expected[]): string[] {
  const cells = executed.cells as CodeCell[];
  return expected.flatMap(({ labels, result }, index) => {
    const { outputs } = cells[index];
    const shown = outputs.flatMap((output) => textIn(output).match(/c\d+-l\d+;/g) ?? []);
    const results = outputs.filter((output) => output.output_type === "execute_result").map(textIn);
    const problems: string[] = [];
    if ([...shown].sort().join() !== [...labels].sort().join()) problems.push(`cell ${index} shows ${shown.length} of ${labels.length} lines`);
    if (results.join() !== (result ?? "")) problems.push(`cell ${index} has the result ${results.join() || "none"} in place of ${result ?? "none"}`);
    return problems;
  });
}

export function textIn(output: Output): string {
  if (output.output_type === "stream") return textOf(output.text);
  if (output.output_type === "error") return `${output.ename}: ${output.evalue}`;
  return textOf((output.data["text/plain"] ?? "") as string);
}

function hash(text: string): number {
  return [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) | 0, 7);
}
