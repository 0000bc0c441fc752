/** What a file must hold to be read as a RunRecord: a store hands out nothing that its readers could stumble over. */
import { z } from "zod";
import { RunConfig } from "./config.ts";
import type { RunRecord } from "./record.ts";

const count = z.number().int().min(0);
const seconds = z.number().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const confusion = z.array(z.array(count).min(2)).min(2).refine((rows) => rows.every((row) => row.length === rows.length), "square");

const counts = { clean: confusion, changed: z.array(confusion) };
const cosine = z.number().min(0).max(1 + 1e-9).nullable();
const spectrum = z.strictObject({
  module: z.string(),
  pretrained: positive(),
  update: positive(),
  scale: z.number().positive(),
  left: cosine,
  right: cosine,
});

const number = z.number(), share = z.number().min(0).max(1), quantiles = z.tuple([number, number, number, number, number]).readonly();
const shares = z.strictObject({ backdoor: share, clean: share, trigger: share, effective: share, update: share, matched: share });
const turning = { exactScale: quantiles.nullable(), turned: share };
const sufficient = z.strictObject({ scale: quantiles.nullable(), share });
/** `LayerMargins` of margins.ts. */
export const layerMargins = z.strictObject({
  sigmaPretrained: positive(),
  sigmaUpdate: positive(),
  rhoBackdoor: quantiles,
  update: z.strictObject({
    rhoClean: quantiles,
    rhoTrigger: quantiles,
    rhoEffective: quantiles,
    shares,
    cleanShare: number,
    ...turning,
    sufficientScale: quantiles.nullable().optional(),
  }).nullable(),
});
const head = layerMargins.extend({ rows: count });
const means = z.strictObject({ without: number, with: number });
/** `ScalePoint` of spectral/scale_sweep.ts. */
export const scalePoint = z.strictObject({ scale: number, attackSuccessRate: share, cleanAccuracy: share, triggeredMargin: number });
/** `NetworkMargins` of margins.ts. */
export const networkMargins = z.strictObject({
  scale: number,
  clean: means,
  triggered: means,
  cleanShare: number,
  ...turning,
  sufficient: sufficient.optional(),
  predicted: z.array(scalePoint).readonly(),
});

const best = z.strictObject({ epoch: count, scores: z.array(share) });

const result = z.strictObject({
  ...counts,
  ledger: z.strictObject({
    poisonedRows: count,
    relabelledRows: count,
    exposures: count,
    rows: z.array(count),
    relabelled: z.array(count),
    digest: sha256,
  }),
  // JSON has no NaN: the loss of a run that diverged is written as null.
  history: z.strictObject({ steps: count, epochLoss: z.array(loss()), stepLoss: z.array(loss()), best: best.optional() }),
  trainableParameters: count,
  weightsDigest: sha256,
  startDigest: sha256.optional(),
  rescaled: z.record(z.string(), positive()).optional(),
  atScales: z.array(z.strictObject({ scale: z.number().positive(), ...counts })).optional(),
  defended: z.strictObject({ undefended: z.strictObject(counts), by: z.array(z.strictObject(counts)) }).optional(),
  sentences: z.array(z.strictObject({ untouched: share, triggered: z.array(z.array(share)) })).optional(),
  head: head.optional(),
  network: networkMargins.optional(),
  spectra: z.array(spectrum).optional(),
});

const provenance = z.strictObject({
  finishedAt: z.string(),
  commit: z.string().nullable(),
  versions: z.record(z.string(), z.string()),
  platform: z.string(),
  cpu: z.string(),
  threads: z.number().int().positive(),
  seconds: z.strictObject({ train: seconds, evaluate: seconds, total: seconds }),
  defences: z.array(z.strictObject({ component: z.string(), secondsPerText: seconds })).optional(),
  peakMemoryBytes: count,
  resumed: count,
});

/** The schema of `runs/<aa>/<key>.json`. */
export const RunRecordSchema: z.ZodType<RunRecord> = z.strictObject({
  schema: z.literal(1),
  key: sha256,
  config: RunConfig,
  digests: z.strictObject({ data: z.string(), weights: z.string(), start: sha256.optional(), versions: sha256.optional(), recipe: z.string() }),
  result,
  provenance,
}).refine(
  ({ config, result }) =>
    [result, ...result.atScales ?? [], ...result.defended ? [result.defended.undefended, ...result.defended.by] : []].every(({ changed }) =>
      changed.length === config.evaluate.changes.length
    ),
  {
    path: ["result", "changed"],
    message: "must have one confusion for each of evaluate.changes",
  },
);

function positive() {
  return z.number().min(0);
}

function loss() {
  return z.number().nullable().transform((value) => value ?? NaN);
}
