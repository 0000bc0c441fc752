/** `reproduce` with a made-up training: `fake_reproduce.ts OUTPUTS STEP_MS [fail | bf16]`. Every run has four steps and counts its attempts in a file. */
import type { Execute } from "../../lib/experiment/sweep.ts";
import { reproduce } from "../../lib/cli/reproduce.ts";
import { createProgram, main } from "../../lib/cli/program.ts";
import { fakeRecord } from "./fake_record.ts";

const [outputs, stepMs, mode] = Deno.args;

const execute: Execute = async (config, { key, checkpointFolder, onProgress, signal }) => {
  await Deno.mkdir(checkpointFolder, { recursive: true });
  await Deno.writeTextFile(`${outputs}/attempts`, `${key}\n`, { append: true });
  for (let step = 1; step <= 4; step++) {
    await new Promise((resolve) => setTimeout(resolve, Number(stepMs)));
    onProgress({ step, steps: 4, loss: 1 / step, rate: 100 });
    signal.throwIfAborted();
  }
  if (mode === "fail" && config.attack.name === "none" && config.method.name === "full") {
    throw new Error("Cannot train as the loss must be finite: NaN");
  }
  return fakeRecord(config, key);
};

// the real command line around it: options, exit codes, messages
const program = createProgram();
program.command("fake").action(async () => {
  const precision = mode === "bf16" ? "bf16" as const : "f32" as const;
  const selection = { profile: "quick", precision, only: ["fig-a1"], seeds: [1], outputs, notebooks: true };
  await reproduce(selection, { obtain: () => Promise.resolve(), execute: () => execute });
});
Deno.exit(await main(["fake"], program));
