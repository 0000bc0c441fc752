/** What readers call a run's method with as much of RoRA as it has. */
import { methodTitle } from "../adapter/method.ts";
import { piecesOf } from "../train/rora/rora.ts";
import type { RunConfig } from "./config.ts";

/** `LoRA`, `DoRA + RoRA`, `LoRA + CI + Tr`. */
export function methodLabel({ method, rora }: Pick<RunConfig, "method" | "rora">): string {
  const there = piecesOf(rora);
  return [methodTitle(method), ...there.length === 3 ? ["RoRA"] : there].join(" + ");
}
