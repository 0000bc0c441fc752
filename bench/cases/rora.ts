/** RoRA's training step beside LoRA's own: what disturbing the pretrained path and the constraint cost (paper B, Table 3). */
import type { Method } from "../../lib/adapter/method.ts";
import { plainLora } from "../lora.ts";
import type { Contest, Stage } from "../case.ts";
import { ourSteps, type Recipe, type StepCounts } from "../steps.ts";
import { prepareWorkload } from "../workload.ts";
import { roraDefaults } from "../../lib/train/rora/rora.ts";

const { ci, tr } = roraDefaults;

/** Query and value are adapted, as in paper B; no dropout, which would slow LoRA's own step. */
const method: Method = { ...plainLora, targets: "qv" };

export async function prepare({ session, precision, steps }: Stage): Promise<Contest> {
  const { task, recipe, rows } = await prepareWorkload(session, "lora", steps), counts: StepCounts = { warmupSteps: 3, timedSteps: steps };
  const lora: Recipe = { ...recipe, method, head: "trained" };
  const side = (mode: string, rora: Recipe["rora"]) => {
    const steps = ourSteps(mode, { ...lora, rora }, task, counts, precision);
    return { ...steps, flops: null, run: async () => ({ ...await steps.run(false), evidence: [] as number[] }) };
  };
  const sides = [
    { ...side("LoRA", undefined), baseline: true as const },
    side("RoRA", { ci, tr }),
    side("CI alone", { ci, tr: null }),
    side("Tr alone", { ci: null, tr }),
  ];
  return {
    title: `RoRA's step of MiniLM beside LoRA's, rank ${plainLora.rank}, query and value, trained head, AdamW`,
    notes: [
      `Batches of ${rows[0].length} movie-review sentences; CI on weights, Tr of ${tr!.k} directions. Pt acts after training and costs no step`,
    ],
    agreement: { what: "losses", unit: "nats", values: 0, tolerance: 0 }, // what is trained differs
    sides,
    close: () => sides.forEach((side) => side[Symbol.dispose]()),
  };
}
