/** Made-up runs of paper A with each claim's effect planted, and with the opposite. */
import type { Run } from "../../lib/claims/observe.ts";
import { doors, flips, seen, sweep } from "./fake_runs.ts";

/** [claim, runs that have the effect, its verdict, runs that have the opposite, its verdict]. */
export const planted: readonly (readonly [string, readonly Run[], string, readonly Run[], string])[] = [
  ["A-4.3-1", flips(0.5), "reproduced", flips(-0.5), "not reproduced"],
  ["A-4.3-3", flips(0.5), "reproduced", flips(-0.5), "not reproduced"],
  ["A-E.4-1", flips(0.5), "reproduced", flips(-0.5), "not reproduced"],
  ["A-4.3-4", doors(12, 40, { exposures: [0, 12, 24, 30] }), "reproduced", doors(40, 12), "not reproduced"],
  ["A-4.3-6", doors(12, 40), "reproduced", doors(40, 12), "not reproduced"],
  ["A-4.3-7", doors(12, 40), "reproduced", doors(12, 40).map((one) => one.method === "full" ? { ...one, clean: seen(0.9) } : one), "partly"],
  ["A-4.3-8", doors(12, 40), "reproduced", doors(12, 40).map((one) => one.attack === "bpa" ? { ...one, clean: seen(0.7) } : one), "not reproduced"],
  ["A-E.4-2", doors(12, 40), "reproduced", doors(40, 12), "not reproduced"],
  ["A-E.4-3", doors(12, 40), "reproduced", doors(12, 40).map((one) => ({ ...one, clean: seen(0.8 - one.exposures / 300) })), "not reproduced"],
  [
    "A-4.4.1-1",
    sweep("rank", () => 0, () => 0.5),
    "reproduced",
    sweep("rank", () => 0, () => 0.5, { clean: (at) => 0.6 + at / 5 }),
    "refuted by counter-example",
  ],
  ["A-4.4.1-2", sweep("rank", (at) => 0.2 - at / 5, () => 0.5), "reproduced", sweep("rank", (at) => at / 5, () => 0.5), "not reproduced"],
  ["A-4.4.1-3", sweep("rank", (at) => 0.2 - at / 5, () => 0.5), "reproduced", sweep("rank", (at) => at / 5, () => 0.5), "not reproduced"],
  [
    "A-4.4.1-4",
    sweep("rank", () => 0, () => 0.5),
    "reproduced",
    sweep("rank", () => 0, () => 0.5, { clean: (at) => 0.6 + at / 5 }),
    "not reproduced",
  ],
  ["A-4.4.1-5", sweep("rank", () => 0, (at) => at), "reproduced", sweep("rank", () => 0, (at) => 1 - at), "not reproduced"],
  ["A-4.4.1-6", sweep("rank", (at) => 0.2 - at / 5, (at) => at), "reproduced", sweep("rank", (at) => at / 5, (at) => at), "not reproduced"],
  ["A-4.5-3", sweep("rank", () => 0, (at) => at), "reproduced", sweep("rank", () => 0, (at) => 1 - at), "not reproduced"],
  [
    "A-4.4.2-2",
    sweep("initVariance", () => 0, () => 0.5),
    "reproduced",
    sweep("initVariance", () => 0, () => 0.5, { clean: (at) => 0.7 + at / 10 }),
    "not reproduced",
  ],
  ["A-4.4.2-3", sweep("initVariance", () => 0.1, () => 0.5), "reproduced", sweep("initVariance", (at) => at / 5, () => 0.5), "not reproduced"],
  ["A-4.4.2-6", sweep("initVariance", () => 0, (at) => at), "reproduced", sweep("initVariance", () => 0, (at) => 1 - at), "not reproduced"],
  [
    "A-4.4.2-8",
    [...sweep("rank", () => 0, (at) => at), ...sweep("initVariance", () => 0, () => 0.5)],
    "reproduced",
    [...sweep("rank", () => 0, () => 0.5), ...sweep("initVariance", () => 0, (at) => at)],
    "not reproduced",
  ],
  [
    "A-4.5-2",
    sweep("initVariance", (at) => at / 5, (at) => at),
    "reproduced",
    sweep("initVariance", () => 0.1, () => 0.5).map(flatten),
    "not reproduced",
  ],
  ["A-4.5-4", sweep("initVariance", () => 0, (at) => at), "reproduced", sweep("initVariance", () => 0, (at) => 1 - at), "not reproduced"],
];

/** No difference at all between the points of a grid. */
export function flatten(one: Run): Run {
  return { ...one, clean: seen(0.7), triggered: one.triggered && seen(0.6, 0.4) };
}
