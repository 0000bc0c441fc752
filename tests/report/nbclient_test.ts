import { strict as assert } from "node:assert";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeKernelspec } from "../../lib/report/kernelspec.ts";
import { formatNotebook, type Notebook, readNotebook } from "../../lib/report/notebook.ts";
import { findPython, pythonEnvironment } from "../../lib/report/python_environment.ts";
import { lossCells, lossesIn, notebookOf, textIn } from "./loss_notebook.ts";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const python = await findPython();
const environment = python === null
  ? null
  : await pythonEnvironment("nbclient", here("./nbclient-requirements.txt"), "test with nbclient").catch((error) => {
    console.log(`Left out: ${error.message}`);
    return null;
  });
const reason = environment ? "" : ` (left out: ${python ? "pip could not install nbclient" : "no Python 3.10 with venv and pip"})`;

/** Executes a notebook under JupyterLab's own client, through our kernelspec. */
async function runUnderNbclient(notebook: Notebook): Promise<{ executed: Notebook; message: string }> {
  const folder = await mkdtemp(join(tmpdir(), "lowrank-test-"));
  try {
    await writeKernelspec(join(folder, "kernels"));
    const [source, target] = ["source.ipynb", "executed.ipynb"].map((name) => join(folder, name));
    await writeFile(source, formatNotebook(notebook));
    const env = { JUPYTER_PATH: folder, JUPYTER_RUNTIME_DIR: join(folder, "runtime"), IPYTHONDIR: folder };
    const { stderr } = await new Deno.Command(environment!.python, { args: [here("./run_nbclient.py"), source, target], cwd: folder, env }).output();
    const message = new TextDecoder().decode(stderr);
    return { executed: await readNotebook(target).catch(() => assert.fail(message)), message };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

Deno.test({
  name: `kernelspec() keeps every line, display and result in its own cell under nbclient${reason}`,
  ignore: !environment,
  async fn() {
    const cells = lossCells();
    const { executed, message } = await runUnderNbclient(notebookOf(...cells.map(({ source }) => source)));
    assert.deepEqual(lossesIn(executed, cells), [], message);
  },
});

Deno.test({
  name: `kernelspec() gives nbclient the error of a cell, and stops there${reason}`,
  ignore: !environment,
  async fn() {
    const { executed, message } = await runUnderNbclient(notebookOf("throw new RangeError('rate is 1.3')", "'not run'"));
    assert.match(message, /CellExecutionError[\s\S]*RangeError: rate is 1.3/);
    assert.deepEqual(executed.cells.map((cell) => "outputs" in cell ? cell.outputs.map(textIn) : []), [["RangeError: rate is 1.3"], []]);
  },
});

Deno.test({
  name: `kernelspec() lets nbclient see that the kernel died${reason}`,
  ignore: !environment,
  async fn() {
    const { message } = await runUnderNbclient(notebookOf("Deno.exit(3)"));
    assert.match(message, /DeadKernelError|KernelDied: Deno's kernel is gone: it ended with exit code 3/);
  },
});
