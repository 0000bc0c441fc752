/** Paper B's runs as the rules see them: each read with one trigger, beside the encoder that it starts from and the profile's settings. */
import canonicalize from "canonicalize";
import { isPartial } from "../adapter/method.ts";
import { count } from "../math/count.ts";
import type { RunConfig } from "../experiment/config.ts";
import { type ChainRow, chainRows, isOfChain, type ProxyRow, proxyRows } from "../experiment/chain_rows.ts";
import { type LowRankName, type Persistence, startedRun } from "../experiment/persistence.ts";
import { lowRank } from "../experiment/persistence_cells.ts";
import { quickPersistence } from "../experiment/persistence_profiles.ts";
import type { RunRecord } from "../experiment/record.ts";
import { pieceNames, piecesOf } from "../train/rora/rora.ts";
import type { Outcome } from "./outcome.ts";

export interface Chain extends ChainRow {
  /** What made its encoder, on that run's own held-out rows, read with the same trigger; null where the run is not at hand. */
  readonly encoder: ProxyRow | null;
  /** RoRA's pieces: `CI+Tr+Pt`, `Tr`; empty without it. */
  readonly pieces: string;
  /** Names of the settings that are not the profile's: `rank`, `lambda`, `epochs`, `poisonRate`, ...; empty: a run of the main comparison. */
  readonly differs: readonly string[];
}

/** A claim's rule as a function of paper B's runs; null where none of them concern it. Any part of a grid will do. */
export type ChainRule = (chains: readonly Chain[]) => Outcome<Chain> | null;

/** Paper B's runs among some records. Which settings are the main ones is the profile's to say; quick and standard agree on it. */
export function linkChains(records: readonly RunRecord[], persistence: Persistence = quickPersistence): Chain[] {
  const ofChain = records.filter(isOfChain(records));
  const encoders = new Map(proxyRows(ofChain).map((row) => [`${row.key} ${row.trigger}`, row])), usual = usualIn(persistence);
  return ofChain.flatMap(chainRows).map((row) => ({
    ...row,
    encoder: encoders.get(`${row.start} ${row.trigger}`) ?? null,
    pieces: piecesOf(row.rora).join("+"),
    differs: differencesOf(row, persistence, usual),
  }));
}

function differencesOf(row: ChainRow, { pairs, acceptability, ...persistence }: Persistence, usual: ReturnType<typeof usualIn>): string[] {
  const pair = [...pairs, acceptability].find(({ proxy, target }) => proxy.dataset === row.proxy && target.dataset === row.target);
  const { method, rora } = usual(row.model, row.method.name === "full" ? "lora" : row.method.name);
  const surroundings = {
    poisonRate: row.poisonRate > 0 && row.poisonRate !== (pair?.poisonRate ?? persistence.poisonRate),
    epochs: row.tuned && row.epochs !== persistence.training.epochs,
    learningRate: row.tuned && row.learningRate !== pair?.learningRate[row.method.name],
    trainRows: row.trainRows !== pair?.target.trainRows,
    head: row.freshHead,
    defences: row.defended.length > 0 && row.defended.length !== 1 + persistence.defended.by.length, // the first is none
  };
  const pieces = pieceNames.flatMap((piece) => row.rora?.[piece] ? unlike(row.rora[piece], rora![piece]!) : []);
  return [
    ...Object.entries(surroundings).flatMap(([name, differs]) => differs ? [name] : []),
    ...row.method.name === "full" ? isPartial(row.method) ? ["only"] : [] : unlike(row.method, method),
    ...pieces,
  ];
}

/** A low-rank method and RoRA as a profile's main comparison has them, every field present; each worked out once. */
function usualIn(persistence: Persistence): (model: ChainRow["model"], name: LowRankName) => Pick<RunConfig, "method" | "rora"> {
  const known = new Map<string, RunConfig>(), { pairs: [pair], rora } = persistence;
  return (model, name) => {
    const arm = { method: lowRank(name, persistence), rora }, at = `${model} ${name}`;
    const config = known.get(at) ?? startedRun({ ...persistence, model }, { pair, attack: "none", arm }, 0);
    known.set(at, config);
    return config;
  };
}

/** What is said of runs from encoders that were trained more than once: paired by seed they are, and not by every digit of the encoder. */
export function retrainedStarts(chains: readonly Chain[]): string[] {
  const starts = [...Map.groupBy(chains, ({ start }) => start).values()];
  const twice = starts.filter((own) => new Set(own.map(({ startDigest }) => startDigest)).size > 1);
  return twice.length === 0 ? [] : [
    `${twice.length} of ${count(starts.length, "encoder")} were trained anew on another processor for some of these runs: the same rows, seed and ` +
    "settings, other last digits",
  ];
}

/** Names of the fields in which two settings are not the same. */
function unlike(one: object, other: object): string[] {
  const [a, b] = [one, other] as Record<string, unknown>[];
  return [...new Set([a, b].flatMap((settings) => Object.keys(settings)))].filter((name) => canonicalize(a[name]) !== canonicalize(b[name]));
}
