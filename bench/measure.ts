/** Times several sides in turns, block by block, so that whatever else the machine does meets all of them alike. */

/** What one side did in one block. */
export interface Block {
  /** Of the timed steps, in order. */
  readonly secondsPerStep: readonly number[];
  /** Of every step from the first warm-up step on: mean cross entropy of the batch (nats) before the step. */
  readonly losses: readonly number[];
}

/** One implementation in one mode. */
export interface Side {
  readonly by: "lowrank" | "PyTorch";
  readonly mode: string;
  /** Matrix-product FLOPs of a timed step, mean over a block. */
  readonly flopsPerStep: number;
  /** Starts from the initial weights, takes the warm-up steps, then the timed ones. */
  run(): Promise<Block>;
}

export interface Timing {
  readonly by: Side["by"];
  readonly mode: string;
  readonly flopsPerStep: number;
  /** One value a block: the mean over its timed steps. */
  readonly blockSeconds: readonly number[];
  readonly losses: readonly number[];
}

/**
 * Runs block 0, in which every batch shape is met for the first time (traced, allocated) and nothing is kept but the losses, then the
 * timed ones. The order turns round every block: A B C, C B A, A B C.
 * @param onRun called before each run
 * @param afterBlock called after each block, block 0 included
 */
export async function measureInTurns(
  sides: readonly Side[],
  blocks: number,
  onRun: (side: Side, block: number) => void = () => {},
  afterBlock: () => Promise<void> = async () => {},
): Promise<Timing[]> {
  const seconds = new Map(sides.map((side) => [side, [] as number[]])), losses = new Map<Side, readonly number[]>();
  for (let block = 0; block <= blocks; block++) {
    for (const side of block % 2 ? sides.toReversed() : sides) {
      onRun(side, block);
      const result = await side.run();
      if (block === 0) losses.set(side, result.losses);
      else seconds.get(side)!.push(result.secondsPerStep.reduce((sum, s) => sum + s, 0) / result.secondsPerStep.length);
    }
    if (block === 0) largestDisagreement([...losses.values()]); // before anything is timed
    await afterBlock();
  }
  return sides.map((side) => {
    const { by, mode, flopsPerStep } = side;
    return { by, mode, flopsPerStep, blockSeconds: seconds.get(side)!, losses: losses.get(side)! };
  });
}

/** Steps whose losses must agree, and how nearly (nats): AdamW's first steps turn rounding into weights, a little more with each. */
export const comparedSteps = 4, tolerance = 1e-3;

/** The largest difference between sides over the first steps' losses, in nats; an error where they cannot have done the same work. */
export function largestDisagreement(losses: readonly (readonly number[])[]): number {
  const steps = Math.min(comparedSteps, ...losses.map(({ length }) => length));
  const spreads = Array.from({ length: steps }, (_, step) => {
    const values = losses.map((side) => side[step]);
    return Math.max(...values) - Math.min(...values);
  });
  const largest = Math.max(0, ...spreads);
  if (largest <= tolerance) return largest;
  const shown = losses.map((side) => side.slice(0, steps).map((loss) => loss.toFixed(4)).join(" ")).join("; ");
  throw new Error(`Cannot compare the sides as their losses must agree within ${tolerance} over the first ${steps} steps: ${shown}`);
}
