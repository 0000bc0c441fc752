/** The reader's book: notebooks executed, and everything in one HTML file. */
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeWhole } from "../assets/write_whole.ts";
import { formatNotebook, type Notebook, readNotebook, textOf } from "../report/notebook.ts";
import { renderReport, type ReportNotebook } from "../report/page.ts";
import { NotebookError, runNotebook } from "../report/runner.ts";
import type { LedgerRow } from "../claims/ledger.ts";
import type { Profile } from "../experiment/profile.ts";
import { count } from "../math/count.ts";
import { percent } from "../math/percent.ts";
import type { RunRecord } from "../experiment/record.ts";
import { findings } from "./findings.ts";
import { distinctRuns, type Drawn, recordsOf } from "./gather.ts";
import type { Selection } from "./options.ts";
import type { Progress } from "./progress.ts";

const sources = fileURLToPath(new URL("../../notebooks/", import.meta.url));

/** The notebooks' file names, in the papers' order: sections by number (a3, a4-1), then appendices by letter (a-b). */
export async function notebookNames(folder = sources): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  const place = (name: string) => name.replace(/^([ab])-/, "$1~"); // behind every digit
  const names = entries.map(({ name }) => name).filter((name) => name.endsWith(".ipynb"));
  return names.sort((a, b) => place(a) < place(b) ? -1 : 1);
}

/** Executes a paper's notebooks, or all, into `outputs/notebooks`; returns one sentence for each that did not run through. */
export async function executeNotebooks(
  { outputs, paper }: Pick<Selection, "outputs" | "paper">,
  env: Record<string, string>,
  progress: Progress,
  signal: AbortSignal,
): Promise<string[]> {
  const problems: string[] = [];
  for (const name of (await notebookNames()).filter((name) => name.startsWith(paper ?? ""))) {
    signal.throwIfAborted();
    const bar = progress.bar(name), onCell = (cell: number, of: number) => bar.update((cell - 1) / of, `cell ${cell} of ${of}`);
    const keep = (notebook: Notebook) => writeWhole(join(outputs, "notebooks", name), formatNotebook(notebook));
    try {
      await keep(await runNotebook(join(sources, name), { env, onCell, signal }));
      progress.say(`${name}: executed`);
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof NotebookError) await keep(error.executed); // shows where it stopped
      problems.push((error as Error).message);
    } finally {
      bar.remove();
    }
  }
  return problems;
}

export interface BookParts {
  readonly outputs: string;
  readonly profile: Profile;
  /** The seeds asked for, where they are not the profile's. */
  readonly seeds?: readonly number[];
  readonly drawn: readonly Drawn[];
  readonly claims?: readonly LedgerRow[];
  /** The published records of the same runs as the reader's own, to compare with. */
  readonly published: readonly RunRecord[];
  /** How many of the runs drawn are published ones, since the reader has none of that key. */
  readonly borrowed?: number;
}

/** Writes `outputs/report.html` from what is at hand; returns its path. */
export async function writeReport({ outputs, profile, seeds = profile.seeds, drawn, claims, published, borrowed = 0 }: BookParts): Promise<string> {
  const records = recordsOf(drawn);
  const origin = borrowed
    ? ` Of its ${records.length} runs, ${borrowed} are the project's published ones: \`deno task reproduce\` computes your own.`
    : "";
  const html = await renderReport({
    title: "LoRA under training-time attacks, recomputed",
    intro: "Paper A (arXiv 2505.12871) asks whether low-rank adaptation (LoRA) is more or less robust to poisoned training data than full " +
      "fine-tuning (FF); paper B (arXiv 2601.06305), whether LoRA forgets a backdoor that its pretrained model brings along, and how (RoRA). This report holds " +
      "their figures recomputed from fine-tuning runs of a small pretrained encoder, over the numbers that the papers published for large " +
      "ones, and a verdict on each of their claims by a rule fixed beforehand. From fewer than five seeds a verdict is provisional." + origin,
    figures: drawn.flatMap(({ figure, experiment: { title, paper } }) => figure ? [{ ...figure, title, paper }] : []), // with the paper's number
    claims,
    notebooks: await executedNotebooks(join(outputs, "notebooks")),
    records,
    tables: distinctRuns(drawn).map(({ experiment: { id, title }, records }) => ({ id, title, rows: tableOf(records) })),
    published: published.length ? published : undefined,
    profile: { name: profile.name, settings: settingsOf(profile, seeds) },
  });
  const path = join(outputs, "report.html");
  await writeWhole(path, html);
  return path;
}

function tableOf(records: readonly RunRecord[]) {
  return findings(records).map((row) => ({
    "runs": row.cell,
    "seeds": row.seeds,
    "clean accuracy": row.cleanAccuracy,
    "accuracy under trigger": row.triggeredAccuracy || null,
    "attack success rate": row.attackSuccess || null,
    "false positives without trigger": row.falsePositives || null,
    "collapsed runs": row.collapsed,
  }));
}

function settingsOf({ precision, tasks, training, lora, sweep }: Profile, seeds: readonly number[]) {
  const { epochs, batchSize, schedule, warmup } = training, warm = warmup > 0 ? `, the first ${percent(warmup)} of the steps warming up` : "";
  const rows: Record<string, string | number> = {
    "training": `${count(epochs, "epoch")} in batches of ${batchSize}, ${schedule} learning rate${warm}`,
    "matrix products": { f32: "in float32", bf16: "of the linear layers in bfloat16" }[precision],
    "LoRA": `rank ${lora.rank}, alpha ${lora.alpha}`,
    "seeds": seeds.join(", "),
    ...Object.assign({}, ...tasks.map(taskSettings)),
    "ranks (alpha = rank)": sweep.ranks.join(", "),
    "initial variance, k": sweep.initVariances.map((k) => Number(k.toPrecision(3))).join(", "),
    "doses of the sweeps": `${percent(sweep.flipRate)} of the labels, ${sweep.exposures} exposures`,
  };
  return Object.entries(rows).map(([setting, value]) => ({ setting, value }));
}

function taskSettings({ rows, learningRate, flipRates, backdoorExposures }: Profile["tasks"][number]): Record<string, string> {
  const { dataset, trainRows, validationRows, testRows } = rows;
  return {
    [`${dataset}: rows`]: `${trainRows} training, ${validationRows} validation, ${testRows} test`,
    [`${dataset}: learning rate`]: `full fine-tuning ${learningRate.full.toExponential()}, LoRA ${learningRate.lora.toExponential()}`,
    [`${dataset}: label-flip rates`]: flipRates.map(percent).join(", "),
    [`${dataset}: backdoor exposures (poisoned rows x epochs)`]: backdoorExposures.join(", "),
  };
}

async function executedNotebooks(folder: string): Promise<ReportNotebook[]> {
  const notebooks: ReportNotebook[] = [];
  for (const file of await notebookNames(folder)) {
    const { cells } = await readNotebook(join(folder, file)), name = basename(file, ".ipynb");
    const heading = cells.filter(({ cell_type }) => cell_type === "markdown").map(({ source }) => /^#\s+(.+)$/m.exec(textOf(source))?.[1]);
    notebooks.push({ name, title: heading.find(Boolean) ?? name, cells });
  }
  return notebooks;
}
