/** `deno task bench`: training beside PyTorch's, case by case, in one run on the same data. See bench/README.md. */
import { resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ExitError, sentence } from "../lib/cli/errors.ts";
import { cases } from "./cases.ts";
import type { BenchOptions } from "./run.ts";

const standing = cases.filter((bench) => bench.standing).map(({ name }) => name);

function createProgram(): Command {
  return new Command("lowrank bench").description("Times training beside PyTorch's, in turns, on the same data.")
    .usage("[options]").showHelpAfterError("(--help lists the options)").exitOverride()
    .addOption(new Option("--only <cases>", "separated by commas").default(standing, standing.join(",")).argParser(caseList))
    .addOption(new Option("--blocks <number>", "how often each side is timed; the case's own unless given").argParser(count))
    .addOption(new Option("--steps <number>", "timed steps of a block, or of a run; likewise").argParser(count))
    .addOption(new Option("--threads <number>", "of each side").default(navigator.hardwareConcurrency, "all logical cores").argParser(count))
    .addOption(new Option("--json <file>", "write the report for programs as well").argParser(path))
    .option("--no-peer", "time our side alone, without PyTorch")
    .addHelpText(
      "after",
      `\nCases:\n${cases.map(({ name, work }) => `  ${name.padEnd(12)} ${work}`).join("\n")}\n` +
        "\nPyTorch, transformers and PEFT (bench/requirements.txt) are installed once into the cache folder;\n" +
        "LOWRANK_PYTHON_PEER=/path/to/python uses a Python that has them.",
    )
    .action(async ({ json, ...options }: BenchOptions & { json?: string }) => {
      // Loaded here so that --help answers at once.
      const { createProgress } = await import("../lib/cli/progress.ts"), { writeWhole } = await import("../lib/assets/write_whole.ts");
      const { runBench } = await import("./run.ts"), { reportText } = await import("./table.ts");
      const progress = createProgress();
      try {
        const report = await runBench(options, progress);
        progress.stop();
        console.log(reportText(report));
        if (json) await writeWhole(json, `${JSON.stringify(report, null, 1)}\n`);
        if (report.failed.length) throw new ExitError(1); // the report says why
      } finally {
        progress.stop();
      }
    });
}

function caseList(text: string): string[] {
  const names = text.split(",").map((part) => part.trim()).filter(Boolean);
  const known = cases.map(({ name }) => name), unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined || names.length === 0) throw new InvalidArgumentError(`Each case must be one of ${known.join(", ")}: ${unknown ?? ""}`);
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
    if (!(error instanceof ExitError)) console.error(sentence(error));
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args)); // native threads may outlive the run
