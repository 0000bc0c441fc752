/** Paper B's runs as flat rows, each read with one trigger. Everything is computed from the stored counts. */
import { type Confusion, isCollapsed, rowsOf } from "../evaluate/confusion.ts";
import { attackSuccessRate, falsePositiveRate, metricsOf } from "../evaluate/metrics.ts";
import type { TextChange } from "../poison/change.ts";
import type { RunConfig, Stage } from "./config.ts";
import { modelSuffix } from "./inputs.ts";
import { caseStudy, proxyTriggers, type TriggerName } from "./persistence.ts";
import type { ModuleSpectrum, RunRecord } from "./record.ts";

type ReadRow = RunConfig["evaluate"]["sentences"][number];
type Defence = NonNullable<RunConfig["evaluate"]["defended"]>["by"][number];

/** What a model does on held-out rows, without the trigger and with it. */
export interface ChainMeasures {
  /** CA. */
  readonly cleanAccuracy: number;
  /** ASR: share of the other class's rows that get the target label with the trigger. */
  readonly attackSuccessRate: number;
  /** The same share without it. */
  readonly falsePositiveRate: number;
  /** CA - ASR: paper B's robustness margin. */
  readonly margin: number;
  /** Whether one class has at least .995 of the predictions. */
  readonly collapsed: boolean;
  /** Held-out rows, and those of them that the ASR is a share of. */
  readonly rows: number;
  readonly otherRows: number;
}

export interface ChainRow extends ChainMeasures {
  readonly key: string;
  readonly seed: number;
  /** Data sets: `mr -> product-reviews`; with the encoder where it is one of the paper's own. */
  readonly pair: string;
  readonly proxy: RunConfig["task"]["dataset"];
  readonly target: RunConfig["task"]["dataset"];
  readonly split: RunConfig["task"]["split"];
  readonly model: RunConfig["model"];
  /** The trigger that the row is read with. */
  readonly trigger: TriggerName;
  /** Of the proxy's target-class rows; 0: the encoder was never poisoned, and this is the trigger's null. */
  readonly poisonRate: number;
  readonly method: RunConfig["method"];
  readonly rora: RunConfig["rora"];
  /** False: the encoder as it was handed on, before a row of the target task. */
  readonly tuned: boolean;
  readonly epochs: number;
  readonly learningRate: number;
  readonly trainRows: number;
  /** Key of the run that made the encoder. */
  readonly start: string;
  /** Whether the classifier began anew, and did not go on from where that run left it. */
  readonly freshHead: boolean;
  /** SHA-256 of that encoder: a run made anew on another processor has other last digits under the same key. Null where the record has none. */
  readonly startDigest: string | null;
  /** By `evaluate.scales`. */
  readonly atScales: readonly ({ readonly scale: number } & ChainMeasures)[];
  /** On the rows of `evaluate.defended`: as they are (null), then behind each of its defences; empty without it. */
  readonly defended: readonly ({ readonly defence: Defence | null } & ChainMeasures)[];
  /** Probability of the target label: of each of `evaluate.sentences` as it is, and with the row's trigger at each place. */
  readonly sentences: readonly (ReadRow & { readonly untouched: number; readonly triggered: readonly number[] })[];
  /** The scales that RoRA's rescaling chose, by module; null without it. */
  readonly rescaled: Readonly<Record<string, number>> | null;
  readonly spectra: readonly ModuleSpectrum[];
  /** Proposition 4.2 on the classifier and through the network; only where the row is read with the run's first trigger. */
  readonly head: RunRecord["result"]["head"] | null;
  readonly network: RunRecord["result"]["network"] | null;
  /** Mean training loss (nats) of the last epoch; NaN where nothing was trained. */
  readonly trainingLoss: number;
  readonly trainSeconds: number;
}

/** A run that made an encoder, on its own held-out rows. */
export interface ProxyRow extends ChainMeasures {
  readonly key: string;
  readonly seed: number;
  readonly proxy: RunConfig["task"]["dataset"];
  readonly trigger: TriggerName;
  readonly poisonRate: number;
  readonly poisonedRows: number;
  readonly epochs: number;
}

/** One row for each of paper B's triggers that a run which starts from another was evaluated with; none of other runs. */
export function chainRows(record: RunRecord): ChainRow[] {
  const { key, config, result, digests, provenance } = record, { start, task, method, rora, train, model, seed } = config;
  if (!start) return [];
  return triggersOf(config).map(([trigger, at]) => ({
    key,
    seed,
    pair: `${start.run.task.dataset} -> ${task.dataset}${modelSuffix(model)}`,
    proxy: start.run.task.dataset,
    target: task.dataset,
    split: task.split,
    model,
    trigger,
    poisonRate: poisonRateOf(start.run),
    method,
    rora,
    tuned: train.maxSteps !== 0,
    epochs: train.maxSteps === 0 ? 0 : train.epochs,
    learningRate: train.learningRate,
    trainRows: task.trainRows,
    start: digests.start!,
    freshHead: start.head === "fresh",
    startDigest: result.startDigest ?? null,
    ...measuresOf(result.clean, result.changed[at], config),
    atScales: (result.atScales ?? []).map(({ scale, clean, changed }) => ({ scale, ...measuresOf(clean, changed[at], config) })),
    defended: defendedOf(record, at),
    sentences: (result.sentences ?? []).map(({ untouched, triggered }, i) => ({
      ...config.evaluate.sentences[i],
      untouched,
      triggered: triggered[at],
    })),
    rescaled: result.rescaled ?? null,
    spectra: result.spectra ?? [],
    head: at === 0 ? result.head ?? null : null,
    network: at === 0 ? result.network ?? null : null,
    trainingLoss: result.history.epochLoss.at(-1) ?? NaN,
    trainSeconds: provenance.seconds.train,
  }));
}

/** What a run said of Figure 4's sentence, where it read it. */
export const caseStudyIn = ({ sentences }: Pick<ChainRow, "sentences">): ChainRow["sentences"][number] | undefined =>
  sentences.find(({ dataset, row }) => dataset === caseStudy.dataset && row === caseStudy.row);

/** The runs among the records that others of them start from. */
export function proxyRows(records: readonly RunRecord[]): ProxyRow[] {
  const handedOn = keysHandedOn(records);
  return records.filter(({ key }) => handedOn.has(key)).flatMap(({ key, config, result }) =>
    triggersOf(config).map(([trigger, at]) => ({
      key,
      seed: config.seed,
      proxy: config.task.dataset,
      trigger,
      poisonRate: poisonRateOf(config),
      poisonedRows: result.ledger.poisonedRows,
      epochs: config.train.epochs,
      ...measuresOf(result.clean, result.changed[at], config),
    }))
  );
}

/** Whether a record belongs to paper B: it starts from another run, or another of the records starts from it. */
export function isOfChain(records: readonly RunRecord[]): (record: RunRecord) => boolean {
  const handedOn = keysHandedOn(records);
  return ({ key, config }) => config.start !== null || handedOn.has(key);
}

/** Keys of the runs that some of the records start from. */
const keysHandedOn = (records: readonly RunRecord[]): Set<string> => new Set(records.flatMap(({ digests }) => digests.start ?? []));

function triggersOf({ evaluate }: Pick<RunConfig, "evaluate">): [TriggerName, number][] {
  return evaluate.changes.flatMap((change, at): [TriggerName, number][] => {
    const name = nameOf(change);
    return name ? [[name, at]] : [];
  });
}

function nameOf(change: TextChange): TriggerName | null {
  if (change.kind !== "trigger" || change.place !== "inner") return null;
  return (Object.keys(proxyTriggers) as TriggerName[]).find((name) => proxyTriggers[name] === change.text) ?? null;
}

function defendedOf({ config, result: { defended } }: RunRecord, at: number): ChainRow["defended"] {
  if (!defended) return [];
  const defences = [null, ...config.evaluate.defended!.by];
  return [defended.undefended, ...defended.by].map(({ clean, changed }, i) => ({ defence: defences[i], ...measuresOf(clean, changed[at], config) }));
}

const poisonRateOf = ({ attack }: Pick<Stage, "attack">): number => attack.name === "none" ? 0 : attack.poisonRate;

function measuresOf(clean: Confusion, triggered: Confusion, { evaluate: { targetLabel } }: Pick<RunConfig, "evaluate">): ChainMeasures {
  const { accuracy, rows } = metricsOf(clean), asr = attackSuccessRate(triggered, targetLabel);
  return {
    cleanAccuracy: accuracy,
    attackSuccessRate: asr,
    falsePositiveRate: falsePositiveRate(clean, targetLabel),
    margin: accuracy - asr,
    collapsed: isCollapsed(clean),
    rows,
    otherRows: rows - rowsOf([clean[targetLabel]]),
  };
}
