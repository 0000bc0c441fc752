/**
 * What a commit must pass before its tests: format, lint, types (the notebooks' cells included) and the architecture. Notebooks are left out
 * of the format: Deno's check rejects files that its formatter leaves as they are, until it has seen them once.
 */
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { checkCells, extractCells } from "../lib/report/extract.ts";
import { readNotebook } from "../lib/report/notebook.ts";

const root = fileURLToPath(new URL("..", import.meta.url)), notebooks = join(root, "notebooks");

async function deno(...args: string[]): Promise<boolean> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: root, env: { NO_COLOR: "1" } }).output();
  console.log(`${success ? "ok    " : "FAILED"} deno ${args.join(" ")}`);
  if (!success) console.error(new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
  return success;
}

/** Each notebook's cells as a module beside it (their imports are relative), and what is against the rules for cells. */
async function extractAll(): Promise<{ files: string[]; problems: string[] }> {
  const names = (await Array.fromAsync(Deno.readDir(notebooks))).map(({ name }) => name).filter((name) => name.endsWith(".ipynb"));
  const read = await Promise.all(names.map(async (name) => ({ name, notebook: await readNotebook(join(notebooks, name)) }))); // all, before any file is left
  const files: string[] = [], problems: string[] = [];
  for (const { name, notebook } of read) {
    const file = join(notebooks, `.${name}.cells.ts`);
    await Deno.writeTextFile(file, extractCells(notebook));
    files.push(file);
    problems.push(...checkCells(notebook).map((problem) => `${name}: ${problem}`));
  }
  return { files, problems };
}

async function checkTypes(): Promise<boolean> {
  const { files, problems } = await extractAll();
  for (const problem of problems) console.error(problem);
  try {
    return await deno("check", "lib", "tests", "bench", ...files.map((file) => relative(root, file))) && problems.length === 0;
  } finally {
    for (const file of files) await Deno.remove(file);
  }
}

const usage = `Usage: deno task ok

What a commit must pass before its tests: format, lint, types (the notebooks' cells included) and the architecture.
Says ok or FAILED of each; exit code 1 if one failed.

  -h, --help   this text`;

if (Deno.args.some((arg) => arg === "--help" || arg === "-h")) console.log(usage);
else {
  const results = [await deno("fmt", "--check"), await deno("lint"), await checkTypes(), await deno("test", "-A", "tests/architecture_test.ts")];
  Deno.exit(results.every(Boolean) ? 0 : 1);
}
