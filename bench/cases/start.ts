/** From the start of a process to its first finished training step: libraries and weights loaded, a fresh process each time. */
import { obtainAsset } from "../../lib/assets/obtain.ts";
import { fileURLToPath } from "node:url";
import { lossAgreement } from "../agreement.ts";
import type { Contest, Stage } from "../case.ts";
import type { Outcome, Side } from "../measure.ts";
import { lastLine, linesOf, peerEnvironment, peerProgram, readAnswer, textOf } from "../peer.ts";
import { adapterOf, stepsJob, writeInitial } from "../steps.ts";
import { prepareWorkload } from "../workload.ts";

const program = fileURLToPath(new URL("../first_step.ts", import.meta.url));

export async function prepare({ session, threads, python, precision, folder }: Stage): Promise<Contest> {
  const { recipe, model, rows, whole } = await prepareWorkload(session, "lora", 1);
  const initial = `${folder}/initial.safetensors`, job = `${folder}/start.json`, counts = { warmupSteps: 0, timedSteps: 1 };
  await writeInitial(initial, adapterOf(recipe, whole.encoder));
  const { batches: [batch] } = whole, tensorflow = await obtainAsset("tensorflow");
  const ours = {
    tensorflow,
    batch: { ...batch, ids: [...batch.ids], mask: [...batch.mask], labels: [...batch.labels], weights: [...batch.weights] },
    precision,
  };
  await Deno.writeTextFile(job, JSON.stringify({ ...stepsJob(model, initial, recipe, rows, counts), modes: ["f32-sdpa"], threads, ours }));
  return {
    title: "Start of a process to its first finished LoRA step of MiniLM, libraries and weights loaded",
    notes: [
      "Every start is a process of its own; in block 0 its files may not be in memory yet",
    ],
    agreement: { ...lossAgreement(precision), what: "losses of that step", values: 1 },
    sides: [
      processSide("lowrank", "deno, caches warm", Deno.execPath(), ["run", "--quiet", "-A", program, job]),
      ...(python ? [processSide("PyTorch", "python, f32-sdpa", python, [peerProgram, job])] : []),
    ],
  };
}

/** The clock stops at the first line that the process says, which is bench/peer/main.py's answer or ours alike. */
function processSide(by: Side["by"], mode: string, command: string, args: readonly string[]): Side {
  return {
    by,
    mode,
    flops: null,
    async run(): Promise<Outcome> {
      const start = performance.now();
      const child = new Deno.Command(command, { args: [...args], env: peerEnvironment, stdout: "piped", stderr: "piped" }).spawn();
      const said = textOf(child.stderr), answers = linesOf(child.stdout);
      const { value } = await answers.next();
      const seconds = [(performance.now() - start) / 1000];
      await Promise.all([child.status, answers.return(undefined)]);
      if (value === undefined) throw new Error(`Cannot time a start as the process of ${by} must take a step: ${lastLine(await said)}`);
      return { seconds, evidence: readAnswer(value).evidence };
    },
  };
}
