/** `verify`: recomputes some of the published runs from nothing and compares. */
import Table from "cli-table3";
import { createExecutor } from "../experiment/execute.ts";
import { assetsOf, createDigests } from "../experiment/inputs.ts";
import { publishedFolder } from "../experiment/published.ts";
import type { RunRecord } from "../experiment/record.ts";
import { type Sameness, sameness } from "../experiment/sameness.ts";
import { openStore } from "../experiment/store.ts";
import { type Execute, sweep } from "../experiment/sweep.ts";
import { createRng } from "../math/random.ts";
import { obtainAll } from "./assets.ts";
import { ExitError } from "./errors.ts";
import { watchInterrupts } from "./interrupt.ts";
import { cellLabel } from "./label.ts";
import { createProgress } from "./progress.ts";
import { createSweepView } from "./sweep_view.ts";

export interface VerifyOptions {
  /** How many records. */
  readonly sample: number;
  /** Which they are: another number draws others. */
  readonly draw: number;
  /** Where the published records lie. */
  readonly published?: string;
}

/** What a test puts in the place of downloads and training. */
export interface VerifyParts {
  readonly obtain?: typeof obtainAll;
  readonly execute?: () => Execute;
}

/** Other processors add in another order; counts that move by more than this share of the evaluated rows are another result. */
const tolerated = 0.01;

export async function verify(
  { sample, draw, published = publishedFolder }: VerifyOptions,
  { obtain = obtainAll, execute = () => createExecutor() }: VerifyParts = {},
): Promise<void> {
  const all = await (await openStore(published, { readOnly: true })).list(), digestsOf = createDigests();
  const chosen = createRng(`verify/${draw}`).shuffle(all).slice(0, sample);
  if (chosen.length === 0) throw new ExitError(1, `Cannot verify as there must be published records: ${published} has none`);
  const folder = await Deno.makeTempDir({ prefix: "lowrank-verify-" }), progress = createProgress();
  const interrupt = watchInterrupts(() => progress.say("Stopping"));
  try {
    const configs = chosen.map(({ config }) => config);
    await obtain([...new Set(["tensorflow", ...configs.flatMap(assetsOf)])], progress);
    const view = createSweepView(progress), store = await openStore(folder);
    const { records, failed, aborted } = await sweep({
      configs,
      store,
      execute: execute(),
      digestsOf,
      onEvent: view.show,
      signal: interrupt.signal,
    });
    view.stop();
    if (aborted) throw new ExitError(interrupt.exitCode() ?? 1, "Stopped; nothing was kept");
    progress.stop();
    const byKey = new Map(records.map((record) => [record.key, record]));
    const stale = chosen.filter(({ key }) => !byKey.has(key) && failed.every(({ run }) => run.key !== key));
    const compared = chosen.flatMap((record) => byKey.has(record.key) ? [{ record, same: sameness(byKey.get(record.key)!, record) }] : []);
    console.log(verifyTable(compared));
    const others = compared.filter(({ record, same }) => !isSame(record, same));
    const problems = [
      ...others.map(({ record }) => `${record.key.slice(0, 8)} gives another result`),
      ...stale.map(({ key }) => `${key.slice(0, 8)} is of another recipe, data set or encoder`),
      ...failed.map(({ run, error }) => `${run.key.slice(0, 8)} failed: ${error.message}`),
    ];
    if (problems.length) throw new ExitError(1, `Cannot verify as every sampled run must repeat: ${problems.join("; ")}`);
    console.log(`${compared.length} of ${all.length} published runs recomputed from nothing: all repeat`);
  } finally {
    progress.stop();
    interrupt.release();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Equal counts, or so few rows moved that only rounding can be behind it. */
function isSame({ result }: RunRecord, { sameCounts, movedRows }: Sameness): boolean {
  const rows = [result.clean, ...result.changed].flat(2).reduce((sum, count) => sum + count, 0);
  return sameCounts || movedRows <= tolerated * rows;
}

function verifyTable(compared: readonly { record: RunRecord; same: Sameness }[]): string {
  const table = new Table({
    head: ["run", "cell", "seed", "bytes", "counts", "largest loss difference, nats"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "left", "right", "left", "left", "right"],
  });
  for (const { record, same } of compared) {
    table.push([
      record.key.slice(0, 8),
      cellLabel(record.config),
      record.config.seed,
      same.sameBytes ? "the same" : "differ",
      same.sameCounts ? "the same" : `${same.movedRows} rows moved`,
      same.largestLossDifference.toExponential(1),
    ]);
  }
  return table.toString();
}
