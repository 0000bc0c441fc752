/** `deno task bench`: the training step beside PyTorch's, in one run on the same batches. See bench/README.md. */
import { resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { sentence } from "../lib/cli/errors.ts";
import type { BenchOptions } from "./run.ts";

const cases = ["lora", "full"] as const;

function createProgram(): Command {
  return new Command("lowrank bench").description("Times the training step of MiniLM beside PyTorch's, in turns, on the same batches.")
    .usage("[options]").showHelpAfterError("(--help lists the options)").exitOverride()
    .addOption(new Option("--only <cases>", "separated by commas").default([...cases], cases.join(",")).argParser(caseList))
    .addOption(new Option("--blocks <number>", "how often each side is timed").default(5).argParser(count))
    .addOption(new Option("--steps <number>", "timed steps of a block").default(20).argParser(count))
    .addOption(new Option("--threads <number>", "of each side").default(navigator.hardwareConcurrency, "all logical cores").argParser(count))
    .addOption(new Option("--json <file>", "write the report for programs as well").argParser(path))
    .option("--no-peer", "time our side alone, without PyTorch")
    .addHelpText(
      "after",
      "\nPyTorch, transformers and PEFT (bench/requirements.txt) are installed once into the cache folder;\n" +
        "LOWRANK_PYTHON_PEER=/path/to/python uses a Python that has them.",
    )
    .action(async ({ json, ...options }: BenchOptions & { json?: string }) => {
      // Loaded here so that --help answers at once.
      const { createProgress } = await import("../lib/cli/progress.ts"), { writeWhole } = await import("../lib/cli/files.ts");
      const { runBench } = await import("./run.ts"), { reportText } = await import("./table.ts");
      const progress = createProgress();
      try {
        const report = await runBench(options, progress);
        progress.stop();
        console.log(reportText(report));
        if (json) await writeWhole(json, `${JSON.stringify(report, null, 1)}\n`);
      } finally {
        progress.stop();
      }
    });
}

function caseList(text: string): string[] {
  const names = text.split(",").map((part) => part.trim()).filter(Boolean);
  const unknown = names.find((name) => !cases.includes(name as typeof cases[number]));
  if (unknown !== undefined || names.length === 0) throw new InvalidArgumentError(`Each case must be one of ${cases.join(", ")}: ${unknown ?? ""}`);
  return [...new Set(names)];
}

function count(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 1 to 99999: ${text}`);
}

/** A task runs in the project's folder, whatever folder it was called from. */
function path(text: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? ".", text);
}

/** Runs a command line; resolves to its exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has said what was wrong
    console.error(sentence(error));
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args)); // native threads may outlive the run
