/** The adapter that a config asks for, at its start, after training, and at other scales. */
import { type Adapter, freshHead } from "../adapter/adapter.ts";
import { createAdapter } from "../adapter/create.ts";
import type { Rng } from "../math/random.ts";
import type { Encoder } from "../model/encoder.ts";
import { withDirections } from "../train/rora/constraint.ts";
import { rescale } from "../train/rora/rescale.ts";
import type { PostTraining } from "../train/rora/rora.ts";
import type { RunConfig } from "./config.ts";
import type { HandedOn } from "./handed_on.ts";
import { classes } from "./predictions.ts";

/**
 * @param encoder the one that the run starts from
 * @param before what the run before it handed on, where there is one
 * @param rng the run's stream
 */
export function startingAdapter({ method, rora, head, start }: RunConfig, encoder: Encoder, before: HandedOn | null, rng: Rng): Adapter {
  const given = before && (start?.head === "kept" ? before.head : freshHead(encoder, classes, rng.fork("head of a start"))); // not the one it began with
  const adapter = createAdapter(method, encoder, { classes, head, start: given ?? undefined, own: before !== null }, rng);
  return rora?.tr ? withDirections(adapter, encoder, rora.tr, rng) : adapter;
}

/** What a run leaves: the trained adapter, rescaled where RoRA's last piece says so, with the scale that each rescaled module then has. */
export function leftBehind({ method, rora }: RunConfig, encoder: Encoder, trained: Adapter) {
  return rora?.pt && method.name !== "full" ? moved(method, encoder, trained, rora.pt) : { adapter: trained, scales: null };
}

/** The trained adapter with another s in every block, and no other rescaling. */
export function atScale({ method, rora }: RunConfig, encoder: Encoder, trained: Adapter, scale: number): Adapter {
  if (method.name === "full") throw new TypeError("Cannot change the scale as the method must be low-rank: full");
  const every = { layers: encoder.config.layers, place: "top", delta: rora?.pt?.delta ?? "BA-B0A0", weight: "pretrained", scale } as const;
  return moved(method, encoder, trained, every).adapter;
}

function moved(method: Exclude<RunConfig["method"], { name: "full" }>, encoder: Encoder, adapter: Adapter, pt: PostTraining) {
  const { trained, fixed, scales } = rescale(method, encoder, adapter, pt);
  return { adapter: { ...adapter, trained, fixed }, scales };
}
