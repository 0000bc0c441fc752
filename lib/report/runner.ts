/** Notebooks executed without a front end. The source notebook is read only; what comes back is an executed copy. */
import { basename, dirname } from "node:path";
import { type KernelClient, startKernelClient } from "./kernel_client.ts";
import { kernelName, kernelTitle } from "./kernelspec.ts";
import { type CodeCell, type Notebook, readNotebook, textOf } from "./notebook.ts";
import { createOutputs } from "./outputs.ts";

export interface RunOptions {
  /** Added to the kernel's environment. */
  env?: Record<string, string>;
  /** Before each cell: its number from 1 among `of` code cells. */
  onCell?: (cell: number, of: number) => void;
  /** The most that one cell may take. */
  timeoutSeconds?: number;
  /** Ends the run, and its kernel. */
  signal?: AbortSignal;
}

/** A notebook that did not run through: which cell, and what it came to so far. */
export class NotebookError extends Error {
  override readonly name = "NotebookError";
  constructor(message: string, readonly cell: number, readonly executed: Notebook) {
    super(message);
  }
}

const defaultTimeoutSeconds = 3600; // a first figure's runs; reruns come from the record store in seconds
const codeExcerpt = 60; // characters

/** Runs all code cells in order, in a fresh kernel started in the notebook's folder. Stops at the first error. */
export async function runNotebook(path: string, options: RunOptions = {}): Promise<Notebook> {
  const source = await readNotebook(path);
  options.signal?.throwIfAborted();
  const kernel = await startKernelClient({ cwd: dirname(path), env: options.env });
  try {
    return await runCells(kernel, source, basename(path), options);
  } finally {
    await kernel.close();
  }
}

async function runCells(kernel: KernelClient, source: Notebook, name: string, options: RunOptions): Promise<Notebook> {
  const { onCell, timeoutSeconds = defaultTimeoutSeconds, signal } = options;
  const executed = emptyCopy(source), outputs = createOutputs();
  const cells = executed.cells.filter((cell) => cell.cell_type === "code");
  for (const [index, cell] of cells.entries()) {
    const code = textOf(cell.source), number = index + 1;
    if (code.trim() === "") continue;
    onCell?.(number, cells.length);
    cell.execution_count = number;
    const fail = (what: string) => {
      const excerpt = code.trim().split("\n")[0].slice(0, codeExcerpt);
      return new NotebookError(`Cannot run notebook ${name} as code cell ${number} (${excerpt}) must ${what}`, number, executed);
    };
    const run = kernel.execute(code, (published) => outputs.into(cell.outputs, published));
    const error = await within(timeoutSeconds, run, signal, () => fail(`end within ${timeoutSeconds} s: it is still running`)).catch((problem) => {
      throw problem instanceof NotebookError || signal?.aborted
        ? problem
        : fail(`leave the kernel alive: ${(problem as Error).message.split(": ").slice(1).join(": ")}`);
    });
    if (error) throw fail(`run without error: ${error.ename}: ${error.evalue}`);
  }
  return executed;
}

/** The notebook before it runs: no outputs, no counts, and metadata that depend on nothing but the source. */
function emptyCopy(source: Notebook): Notebook {
  const notebook = structuredClone(source);
  for (const cell of notebook.cells.filter((cell): cell is CodeCell => cell.cell_type === "code")) {
    Object.assign(cell, { outputs: [], execution_count: null });
  }
  notebook.metadata = {
    ...notebook.metadata,
    kernelspec: { name: kernelName, display_name: kernelTitle, language: "typescript" },
    language_info: { name: "typescript", file_extension: ".ts", mimetype: "text/x.typescript" },
  };
  return notebook;
}

/** The promise's value, unless time runs out or the signal comes first. */
async function within<T>(seconds: number, promise: Promise<T>, signal: AbortSignal | undefined, late: () => Error): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal?.reason);
  const timer = setTimeout(() => reject(late()), Math.min(seconds * 1000, 2 ** 31 - 1)); // the longest timer there is: 25 days
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
