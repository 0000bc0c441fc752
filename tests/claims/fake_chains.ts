/** Made-up runs of paper B as the rules see them: planted effects, seeded noise. */
import type { Chain } from "../../lib/claims/chains.ts";
import { type HeadSketch, headWith, type NetworkSketch, networkWith } from "./fake_margins.ts";
import { caseStudy, triggerNames } from "../../lib/experiment/persistence.ts";
import { seeds, wobble } from "./fake_runs.ts";

type Method = Chain["method"]["name"];

/** What is planted in a run; the rest is the profile's. */
export interface ChainSketch {
  readonly seed?: number;
  readonly startDigest?: string;
  readonly pair?: readonly [proxy: Chain["proxy"], target: Chain["target"]];
  readonly trigger?: Chain["trigger"];
  readonly poisonRate?: number;
  readonly method?: Method;
  /** Full fine-tuning of query and value alone. */
  readonly partial?: boolean;
  readonly pieces?: string;
  readonly tuned?: boolean;
  readonly epochs?: number;
  readonly learningRate?: number;
  readonly rank?: number;
  readonly alpha?: number;
  readonly lambda?: number;
  readonly rate?: number;
  readonly k?: number | "full";
  readonly space?: "pretrained" | "residual" | "random";
  readonly delta?: "BA-B0A0" | "BA";
  readonly weight?: "pretrained" | "residual";
  readonly place?: "top" | "middle" | "bottom";
  readonly differs?: readonly string[];
  readonly asr?: number;
  readonly ca?: number;
  /** ASR and clean accuracy at larger scales. */
  readonly atScales?: readonly (readonly [scale: number, asr: number, ca?: number])[];
  /** ASR and clean accuracy of some rows, undefended (null) and behind defences. */
  readonly defended?: readonly (readonly [defence: Chain["defended"][number]["defence"], asr: number, ca: number])[];
  /** sigma_max(W) / sigma_max(s BA) of query and value, layer by layer. */
  readonly ratios?: readonly number[];
  readonly alignment?: number;
  /** Probability of the target label: Figure 4's sentence with the trigger at its places. */
  readonly sentence?: readonly number[];
  readonly rescaled?: Chain["rescaled"];
  readonly head?: HeadSketch;
  readonly network?: NetworkSketch;
  readonly loss?: number;
  readonly proxyAsr?: number | null;
  readonly collapsed?: boolean;
}

export const films = ["mr", "product-reviews"] as const, reviews = ["imdb", "mr"] as const;
export const settings = ([films, reviews] as const).flatMap((pair) => triggerNames.map((trigger) => ({ pair, trigger })));

const measures = (asr: number, ca: number) => ({
  cleanAccuracy: ca,
  attackSuccessRate: asr,
  falsePositiveRate: 0.1,
  margin: ca - asr,
  collapsed: false,
  rows: 600,
  otherRows: 320,
});

let made = 0;

export function chain(sketch: ChainSketch = {}): Chain {
  const { seed = 1, pair = films, trigger = "badnet", poisonRate = 0.75, method = "lora", pieces = "", tuned = true, asr = 0.95, ca = 0.85 } = sketch;
  const {
    rank = 8,
    alpha = 16,
    lambda = 10,
    rate = 0.1,
    k = 32,
    space = "pretrained",
    delta = "BA-B0A0",
    weight = "pretrained",
    ratios = [6, 7, 8],
    alignment = 0.2,
    proxyAsr = 0.99,
  } = sketch;
  const [proxy, target] = pair, has = pieces.split("+"), start = `${proxy} ${poisonRate ? trigger : "none"} ${poisonRate} ${seed}`, s = alpha / rank;
  return {
    key: `chain-${++made}`,
    seed,
    pair: `${proxy} -> ${target}`,
    proxy,
    target,
    split: "test",
    model: "minilm-l6",
    trigger,
    poisonRate,
    method: method === "full" ? { name: method, ...sketch.partial ? { only: "qv" } : {} } : {
      name: method as "dora",
      rank,
      alpha,
      targets: "qv",
      dropout: 0,
    },
    rora: pieces === "" ? null : {
      ci: has.includes("CI") ? { rate, site: "weight", rescale: true } : null,
      tr: has.includes("Tr") ? { lambda, k, reduce: "mean", space } : null,
      pt: has.includes("Pt") ? { layers: 3, place: sketch.place ?? "top", scale: "spectral", delta, weight } : null,
    },
    tuned,
    epochs: tuned ? sketch.epochs ?? 2 : 0,
    learningRate: sketch.learningRate ?? (method === "full" ? 1e-4 : 2e-3),
    trainRows: 800,
    start,
    freshHead: false,
    startDigest: sketch.startDigest ?? "a",
    atScales: (sketch.atScales ?? []).map(([scale, asr, ca = 0.85]) => ({ scale, ...measures(asr, ca) })),
    defended: (sketch.defended ?? []).map(([defence, asr, ca]) => ({ defence, ...measures(asr, ca) })),
    sentences: sketch.sentence ? [{ ...caseStudy, untouched: 0.1, triggered: sketch.sentence }] : [],
    rescaled: sketch.rescaled ?? null,
    head: sketch.head ? headWith(sketch.head, tuned) : null,
    network: sketch.network ? networkWith(sketch.network, s) : null,
    spectra: method === "full" || !tuned ? [] : ["query", "value"].flatMap((kind) =>
      ratios.map((ratio, layer) => ({
        module: `encoder.layer.${layer}.attention.self.${kind}`,
        pretrained: 10,
        update: 10 / (ratio * s),
        scale: s,
        left: alignment,
        right: alignment,
      }))
    ),
    trainingLoss: sketch.loss ?? 0.3,
    trainSeconds: 1,
    encoder: proxyAsr === null ? null : { ...measures(proxyAsr, 0.8), key: start, seed, proxy, trigger, poisonRate, poisonedRows: 750, epochs: 2 },
    pieces,
    differs: sketch.differs ?? [],
    ...measures(asr, ca),
    collapsed: sketch.collapsed ?? false,
  };
}

/** ASR, and clean accuracy where it is not .85; or everything of a run by its setting. */
type Planted = number | readonly [asr: number, ca: number] | ((where: { seed: number; trigger: Chain["trigger"] }) => ChainSketch);

/** `LoRA`, `LoRA CI+Tr`, ... in each setting and seed, with a little noise. */
export function table(arms: Readonly<Record<string, Planted>>, { of = 5, where = settings, ...shared }: ChainSketch & {
  readonly of?: number;
  readonly where?: readonly Pick<ChainSketch, "pair" | "trigger">[];
} = {}): Chain[] {
  return where.flatMap((setting) =>
    seeds(of).flatMap((seed) =>
      Object.entries(arms).map(([arm, planted]) => {
        const [method, pieces = ""] = arm.split(" "), noise = (what: string) => wobble(what, arm, seed, `${setting.pair} ${setting.trigger}`);
        const given = typeof planted === "function"
          ? planted({ seed, trigger: setting.trigger! })
          : typeof planted === "number"
          ? { asr: planted }
          : { asr: planted[0], ca: planted[1] };
        const { asr = 0.95, ca = 0.85 } = given;
        const near = { asr: Math.min(1, Math.max(0, asr + noise("asr"))), ca: ca + noise("ca") / 2 };
        return chain({ ...setting, seed, method: method.toLowerCase() as Method, pieces, ...shared, ...given, ...near });
      })
    )
  );
}

/** RoRA over values of one setting, at which ASR (and clean accuracy) are planted; the first of `usual` is the profile's own. */
export function sweepOf(
  axis: "lambda" | "rate" | "rank" | "alpha",
  usual: number,
  at: Readonly<Record<number, number | readonly [asr: number, ca: number]>>,
  { of = 5 } = {},
): Chain[] {
  const where = [{ pair: films, trigger: "badnet" as const }];
  return Object.entries(at).flatMap(([value, planted]) =>
    table({ "LoRA CI+Tr+Pt": planted }, { of, where, [axis]: Number(value), differs: Number(value) === usual ? [] : [axis] })
  );
}
