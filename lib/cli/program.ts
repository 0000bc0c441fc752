/** The commands and their options. What a command does is loaded when it runs, so that `--help` answers at once. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ExitError, sentence } from "./errors.ts";
import { callersPath, list, onlyOption, outputsOption, paperOption, precisionOption, profileOption, seedsOption, wholeNumber } from "./options.ts";

export function createProgram(): Command {
  const program = new Command("lowrank").description("An executable edition of two papers on training-time attacks against LoRA").exitOverride();
  const command = (name: string, description: string) =>
    program.command(name).description(description).usage("[options]").showHelpAfterError("(--help lists the options)");

  command("reproduce", "Trains what is missing, then writes records, figures, executed notebooks and report.html; goes on where it stopped.")
    .addOption(profileOption()).addOption(precisionOption()).addOption(paperOption()).addOption(onlyOption()).addOption(seedsOption()).addOption(
      outputsOption(),
    )
    .option("--no-notebooks", "leave the notebooks out")
    .action(async (options) => await (await import("./reproduce.ts")).reproduce(options));

  command("report", "Writes figures and report.html from the records at hand; trains nothing.")
    .addOption(profileOption()).addOption(precisionOption()).addOption(paperOption()).addOption(onlyOption()).addOption(seedsOption()).addOption(
      outputsOption(),
    )
    .action(async (options) => await (await import("./report.ts")).report(options));

  command("forecast", "Says what a profile costs on this machine before it is run: arithmetic, seconds and memory, by the machine's measured rates.")
    .addOption(profileOption()).addOption(precisionOption()).addOption(paperOption()).addOption(onlyOption()).addOption(seedsOption())
    .option("--measure", "measure the rates again")
    .option("--check", "forecast three runs of different size, do them (about 2 minutes) and compare")
    .action(async (options) => await (await import("./forecast.ts")).forecast(options));

  command("verify", "Recomputes some of the published runs and studies from nothing and compares; exit code 1 if one gives another result.")
    .addOption(numberOption("--sample <number>", "how many runs, drawn at random", 3))
    .addOption(numberOption("--studies <number>", "how many studies (kernels along training, one to five minutes each), drawn at random", 1))
    .addOption(numberOption("--draw <number>", "another number draws others", 1))
    .action(async (options) => await (await import("./verify.ts")).verify(options));

  command(
    "publish",
    "Copies a profile's finished runs, studies and theorem cells into outputs/published, for the repository, takes out what no profile plans any more, writes there what they say (README.md and quick's figures), and tells what is missing.",
  )
    .addOption(profileOption("standard", "whose")).addOption(outputsOption())
    .action(async (options) => await (await import("./publish.ts")).publish(options));

  command("claims", "Prints the verdict on each claim of the papers, from the records at hand; exit code 1 if a claim has none.")
    .addOption(profileOption("standard", "whose runs decide; quick's are among standard's")).addOption(precisionOption())
    .addOption(outputsOption()).addOption(paperOption())
    .option("--section <number>", "only this section of a paper and its parts")
    .addOption(new Option("--tier <number>", "1 headline, 2 theorems, figures and tables, 3 proof steps and settings").choices(["1", "2", "3"]))
    .addOption(new Option("--only <ids>", "these claims in full, separated by commas").argParser(list))
    .addOption(new Option("--json <file>", "write the rows there as well").argParser(callersPath))
    .action(async ({ tier, ...options }) => await (await import("./claims.ts")).claims({ ...options, tier: tier && Number(tier) }));

  command("doctor", "Says what is installed, what is missing and the remedy; exit code 1 if something needed is missing.")
    .option("--full", "hash every installed file again")
    .option("--json", "print it for programs")
    .action(async (options) => await (await import("./doctor.ts")).doctor(options));

  command("lab", "Opens JupyterLab on the notebooks, from a virtual environment that it makes.")
    .addOption(new Option("--port <number>", "the first port to try").argParser(port))
    .option("--no-open", "do not open a browser")
    .action(async (options) => {
      const { startLab } = await import("../report/lab.ts");
      throw new ExitError(await startLab(options));
    });

  return program;
}

/** Runs a command line; resolves to its exit code. */
export async function main(args: readonly string[], program = createProgram()): Promise<number> {
  try {
    await program.parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has said what was wrong
    const message = sentence(error);
    if (message) console.error(message);
    return error instanceof ExitError ? error.code : 1;
  }
}

function numberOption(flags: string, description: string, usual: number): Option {
  return new Option(flags, description).argParser(wholeNumber).default(usual);
}

function port(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && 0 < number && number < 65536) return number;
  throw new InvalidArgumentError(`A port must be a whole number from 1 to 65535: ${text}`);
}
