import { strict as assert } from "node:assert";
import process from "node:process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CodeCell, formatNotebook, type Notebook } from "../../lib/report/notebook.ts";
import { NotebookError, runNotebook, type RunOptions } from "../../lib/report/runner.ts";
import { lossCells, lossesIn, notebookOf, textIn } from "./loss_notebook.ts";

async function run(notebook: Notebook, options?: RunOptions): Promise<Notebook> {
  const folder = await mkdtemp(join(tmpdir(), "lowrank-test-"));
  try {
    await writeFile(join(folder, "test.ipynb"), formatNotebook(notebook));
    return await runNotebook(join(folder, "test.ipynb"), options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function failureOf(notebook: Notebook, options?: RunOptions): Promise<NotebookError> {
  const failure = await run(notebook, options).then(() => null, (error) => error);
  assert.ok(failure instanceof NotebookError, String(failure));
  return failure;
}

Deno.test("runNotebook() keeps every line, display and result in its own cell", async () => {
  const cells = lossCells();
  const executed = await run(notebookOf(...cells.map(({ source }) => source)));
  assert.deepEqual(lossesIn(executed, cells), []);
  assert.deepEqual((executed.cells as CodeCell[]).map((cell) => cell.execution_count), cells.map((_, index) => index + 1));
});

Deno.test("runNotebook() gives the same bytes twice, and names cells as it goes", async () => {
  const notebook = notebookOf("const a: number = 1;", "console.log(a);\na + 1", "Deno.env.get('LOWRANK_TEST')");
  notebook.metadata.authors = ["kept"];
  const heard: string[] = [];
  const options = { env: { LOWRANK_TEST: "given" }, onCell: (cell: number, of: number) => heard.push(`${cell}/${of}`) };
  const [first, second] = [await run(notebook, options), await run(notebook, options)];
  assert.equal(formatNotebook(first), formatNotebook(second));
  assert.deepEqual(heard.slice(0, 3), ["1/3", "2/3", "3/3"]);
  assert.equal(textIn((first.cells[2] as CodeCell).outputs[0]), '"given"');
  assert.deepEqual(first.metadata.authors, ["kept"]);
});

Deno.test("runNotebook() updates a display in place, where it was first shown", async () => {
  const show = (text: string, update: boolean) =>
    `await Deno.jupyter.display({ "text/plain": "${text}" }, { raw: true, display_id: "bar", update: ${update} });\nundefined`;
  const executed = await run(notebookOf(show("50 %", false), show("100 %", true)));
  assert.deepEqual((executed.cells as CodeCell[]).map((cell) => cell.outputs.map(textIn)), [["100 %"], []]);
});

Deno.test("runNotebook() stops at the first error, with the cell's number and message", async () => {
  const failure = await failureOf(notebookOf("console.log('before')", "throw new RangeError('rate is 1.3')", "console.log('after')"));
  assert.equal(
    failure.message,
    "Cannot run notebook test.ipynb as code cell 2 (throw new RangeError('rate is 1.3')) must run without error: RangeError: rate is 1.3",
  );
  assert.equal(failure.cell, 2);
  const shown = (failure.executed.cells as CodeCell[]).map((cell) => cell.outputs.map(textIn));
  assert.deepEqual(shown, [["before\n"], ["RangeError: rate is 1.3"], []]);
});

Deno.test("runNotebook() says how the kernel died", async () => {
  const failure = await failureOf(notebookOf("Deno.exit(7)"));
  assert.equal(
    failure.message,
    "Cannot run notebook test.ipynb as code cell 1 (Deno.exit(7)) must leave the kernel alive: it ended with exit code 7",
  );
});

Deno.test("runNotebook() ends a cell that takes too long, computing or waiting, and its kernel", async () => {
  for (const code of ["while (true) {}", "await new Promise(() => {})"]) {
    const failure = await failureOf(notebookOf("console.log(Deno.pid)", code), { timeoutSeconds: 1 });
    assert.equal(failure.message, `Cannot run notebook test.ipynb as code cell 2 (${code}) must end within 1 s: it is still running`);
    const kernel = Number(textIn((failure.executed.cells[0] as CodeCell).outputs[0]));
    assert.throws(() => process.kill(kernel, 0), { code: "ESRCH" });
  }
});

Deno.test("runNotebook() ends when its signal says so", async () => {
  const controller = new AbortController();
  const onCell = () => setTimeout(() => controller.abort(new Error("stopped by the user")), 50);
  await assert.rejects(run(notebookOf("await new Promise(() => {})"), { signal: controller.signal, onCell }), { message: "stopped by the user" });
});
