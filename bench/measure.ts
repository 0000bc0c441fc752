/** Times several sides in turns, block by block, so that whatever else the machine does meets all of them alike. */

/** What one side did in one block. */
export interface Outcome {
  /** Of each timed piece of work (a step, an epoch), in order. */
  readonly seconds: readonly number[];
  /** What the sides must agree on, losses or accuracies in an order of the case's own; empty where there is nothing to compare. */
  readonly evidence: readonly number[];
  /** Of our process so far; where it was asked for. */
  readonly peakMemoryBytes?: number;
}

/** One implementation in one mode. */
export interface Side {
  readonly by: "lowrank" | "PyTorch";
  readonly mode: string;
  /** Whether our other sides are compared with this one of ours, and not with PyTorch's best. */
  readonly baseline?: true;
  /** Matrix-product FLOPs of a piece of work, mean over a block; null where they are not counted. */
  readonly flops: number | null;
  /**
   * Starts from the beginning and does a block's work.
   * @param warming whether this is block 0, whose times do not count: what need not be warm may be left out
   */
  run(warming: boolean): Promise<Outcome>;
}

export interface Timing {
  readonly by: Side["by"];
  readonly mode: string;
  readonly baseline?: true;
  readonly flops: number | null;
  /** One value a block: the mean over its pieces. */
  readonly blockSeconds: readonly number[];
  /** The same of block 0; null where it did nothing. */
  readonly firstSeconds: number | null;
  /** Of the latest block. */
  readonly evidence: readonly number[];
  readonly peakMemoryBytes?: number;
}

/** A mode that could not run. */
export interface Failure {
  readonly mode: string;
  readonly error: string;
}

/** Thrown by a side that cannot run in its mode, for a reason that leaves the other modes alone. */
export class ModeError extends Error {
  override readonly name = "ModeError";
}

export interface Listener {
  /** Called before each run. */
  onRun?(side: Side, block: number): void;
  /** Called after each block, block 0 included, with what its sides found. */
  afterBlock?(evidence: readonly (readonly number[])[]): void | Promise<void>;
}

/**
 * Runs block 0, in which everything is met for the first time (traced, allocated), then the timed ones. The order turns round every
 * block: A B C, C B A, A B C. A mode that cannot run is left out; an error where none of PyTorch's is left.
 */
export async function measureInTurns(
  sides: readonly Side[],
  blocks: number,
  { onRun = () => {}, afterBlock = () => {} }: Listener = {},
): Promise<{ timings: Timing[]; failures: Failure[] }> {
  const outcomes = new Map(sides.map((side) => [side, [] as Outcome[]])), failures: Failure[] = [];
  for (let block = 0; block <= blocks; block++) {
    for (const side of block % 2 ? [...outcomes.keys()].reverse() : [...outcomes.keys()]) {
      onRun(side, block);
      try {
        outcomes.get(side)!.push(await side.run(block === 0));
      } catch (error) {
        if (!(error instanceof ModeError)) throw error;
        failures.push({ mode: side.mode, error: error.message });
        outcomes.delete(side);
      }
    }
    if (failures.length && ![...outcomes.keys()].some(({ by }) => by === "PyTorch")) throw new Error(failures[0].error);
    await afterBlock([...outcomes.values()].map((found) => found[block].evidence));
  }
  return { timings: [...outcomes].map(([side, found]) => timingOf(side, found)), failures };
}

function timingOf({ by, mode, baseline, flops }: Side, [first, ...timed]: readonly Outcome[]): Timing {
  const mean = ({ seconds }: Outcome) => seconds.reduce((sum, s) => sum + s, 0) / seconds.length;
  const { evidence, peakMemoryBytes } = timed.at(-1)!;
  return {
    by,
    mode,
    ...(baseline ? { baseline } : {}),
    flops,
    blockSeconds: timed.map(mean),
    firstSeconds: first.seconds.length ? mean(first) : null,
    evidence,
    ...(peakMemoryBytes === undefined ? {} : { peakMemoryBytes }),
  };
}
