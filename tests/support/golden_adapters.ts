/** The goldens of PEFT's adapters and of RoRA: their cases as our own types, and the adapters that they start from. */
import type { Adapter } from "../../lib/adapter/adapter.ts";
import { createAdapter } from "../../lib/adapter/create.ts";
import type { LowRankMethod } from "../../lib/adapter/method.ts";
import { createRng } from "../../lib/math/random.ts";
import type { Encoder } from "../../lib/model/encoder.ts";
import type { StoredTensor } from "../../lib/model/safetensors.ts";
import type { CleanStrengthened, TriggerInsensitive } from "../../lib/train/rora/rora.ts";
import { goldenHead, type GoldenTensors } from "./golden.ts";
import type { GoldenPass } from "./masked_pass.ts";
import { root } from "./modules.ts";

interface GoldenMethod {
  readonly name: LowRankMethod["name"];
  readonly targets: "all" | "qv";
  readonly rank: number;
  readonly alpha: number;
  readonly head: "frozen" | "trained";
}

/** What twenty steps went through. */
export interface GoldenSteps {
  readonly learningRate: number;
  readonly losses: number[];
  readonly firstGradients: GoldenTensors;
  readonly finalWeights: GoldenTensors;
  readonly finalLogits: number[][];
}

export interface AdapterCase extends GoldenSteps {
  readonly method: GoldenMethod;
  readonly trainableParameters: number;
  /** What the factors left of each adapted weight, their product, and the merged weight after training. */
  readonly base: GoldenTensors;
  readonly products: GoldenTensors;
  readonly merged: GoldenTensors;
  readonly firstLogits: number[][];
}

export interface RoraGolden {
  readonly constrained: (GoldenSteps & { tr: Omit<TriggerInsensitive, "space">; omegas: [number, number] })[];
  readonly disturbed: (GoldenPass & { ci: CleanStrengthened })[];
}

const read = (name: string) => JSON.parse(Deno.readTextFileSync(`${root}tests/golden/${name}.json`));
/** `dropped`: one pass with a given mask in place of dropout. */
export const readAdapterGolden = (): { cases: Record<string, AdapterCase>; dropped: (GoldenPass & { method: GoldenMethod; rate: number })[] } =>
  read("adapters");
export const readRoraGolden = (): RoraGolden => read("rora");

/** LoRA on query and value as RoRA's goldens have it. */
export const roraMethod: GoldenMethod = { name: "lora", targets: "qv", rank: 4, alpha: 6, head: "trained" };

export function methodOf({ name, targets, rank, alpha }: GoldenMethod): LowRankMethod {
  const shared = { rank, alpha, targets, dropout: 0 };
  return name === "lora" ? { name, ...shared, init: "gaussian", initVariance: 1 / 3, zero: "B", trainA: true } : { name, ...shared };
}

/** LoRA's and DoRA's factors are formulas, A = 0.05 sin(0.5 + k) and B = 0.02 sin(0.25 + k); PiSSA and OLoRA have their own. */
export function adapterCase(encoder: Encoder, golden: GoldenMethod, dropout = 0): Adapter {
  const options = { classes: 2, head: golden.head, start: goldenHead(encoder.config.width) };
  const adapter = createAdapter({ ...methodOf(golden), dropout }, encoder, options, createRng("replaced below"));
  if (golden.name !== "lora" && golden.name !== "dora") return adapter;
  const wave = ({ shape, data }: StoredTensor, scale: number, start: number) => ({ shape, data: data.map((_, k) => scale * Math.sin(start + k)) });
  const trained = [...adapter.trained].map(([name, tensor]): [string, StoredTensor] => {
    if (name.endsWith(".lora_A")) return [name, wave(tensor, 0.05, 0.5)];
    return [name, name.endsWith(".lora_B") ? wave(tensor, 0.02, 0.25) : tensor];
  });
  return { ...adapter, trained: new Map(trained) };
}
