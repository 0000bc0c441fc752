/** A study's record as the rules see it. */
import { percent } from "../math/percent.ts";
import canonicalize from "canonicalize";
import { hasUsualVariance, isUsual, scaleOf, usualStart } from "../adapter/method.ts";
import { isCollapsed } from "../evaluate/confusion.ts";
import type { RunConfig } from "../experiment/config.ts";
import { rowsRead } from "../experiment/exposure.ts";
import type { Evaluated, ResultOf, StudyRecord } from "../experiment/study_record.ts";
import type { Study } from "../experiment/study_schema.ts";
import { mean } from "../math/statistics.ts";
import type { Outcome, Used } from "./outcome.ts";

export interface Watched extends Used {
  readonly run: RunConfig;
  readonly result: StudyRecord["result"];
  /** `FF`, or LoRA with rank, s and what else is not the default: `LoRA r 8, s 2`. */
  readonly method: string;
  /** The first is full fine-tuning or LoRA as the paper's main experiments have it. */
  readonly isDefault: boolean;
  /** Everything that is fixed when methods are compared, as text: rows, attack, start, training without the learning rate, measured rows. */
  readonly setting: string;
  /** For readers: `mr, upa 30 %`. */
  readonly name: string;
}

export type WatchedOf<Name extends Study["study"]> = Watched & { readonly result: ResultOf<Name> };

/** A claim's rule as a function of studies; null where none of them concern it. */
export type StudyRule = (studies: readonly Watched[]) => Outcome<Watched> | null;

/** Every record as the rules see it, in the same order. */
export function watch(records: readonly StudyRecord[]): Watched[] {
  return records.map(({ key, study, result }) => ({
    key,
    collapsed: evaluationsOf(result).some(({ clean }) => isCollapsed(clean)),
    run: study.run,
    result,
    method: methodName(study.run.method),
    isDefault: isDefault(study.run.method),
    setting: settingOf(study.run, "rows" in study ? study.rows : null),
    name: nameOf(study.run),
  }));
}

/** At the end of each training. */
function evaluationsOf(result: StudyRecord["result"]): Evaluated[] {
  switch (result.study) {
    case "twins":
      return [result.clean, result.poisoned];
    case "angles":
      return result.evaluated ? [result.evaluated] : [];
    case "course":
      return [];
    case "decomposition":
      return [result.proxy.poisoned, result.proxy.twin, ...result.arms.map(({ tuned }) => tuned)];
    case "blocks":
      return [];
    case "projection":
      return [result.full, result.lora];
  }
}

/** The records of one kind of study. */
export function studiesOf<Name extends Study["study"]>(studies: readonly Watched[], name: Name): WatchedOf<Name>[] {
  return studies.filter((one): one is WatchedOf<Name> => one.result.study === name);
}

const isDefault = (method: RunConfig["method"]): boolean => method.name === "full" || method.name === "lora" && isUsual(method);

function methodName(method: RunConfig["method"]): string {
  if (method.name !== "lora") return method.name === "full" ? "FF" : method.name;
  const { rank, initVariance, init, targets, zero, trainA } = method;
  const others = [
    hasUsualVariance(method) ? "" : `k ${Number(initVariance.toPrecision(3))}`,
    init === usualStart.init ? "" : init,
    targets === "all" ? "" : targets,
    zero === usualStart.zero ? "" : "A = 0",
    trainA ? "" : "A frozen",
  ].filter(Boolean);
  return [`LoRA r ${rank}`, `s ${Number(scaleOf(method).toPrecision(3))}`, ...others].join(", ");
}

function settingOf({ task, attack, train: { learningRate: _, ...training }, model, precision, start }: RunConfig, rows: number | null): string {
  return canonicalize({ task, attack, training, model, precision, rows, start: start && { ...start, run: { ...start.run, seed: null } } })!;
}

function nameOf({ task, attack, train, start }: RunConfig): string {
  if (start) {
    const { task: proxy, attack: planted } = start.run;
    return `${proxy.dataset} -> ${task.dataset}${planted.name === "none" ? "" : `, ${planted.name} ${percent(planted.poisonRate)}`}`;
  }
  if (attack.name === "none") return `${task.dataset}, clean`;
  const dose = attack.name === "upa" ? percent(attack.poisonRate) : `${Math.round(attack.poisonRate * rowsRead(train, task.trainRows))} exposures`;
  return `${task.dataset}, ${attack.name} ${dose}`;
}

/** Groups of studies, in the order of their first. */
export function groups<One>(studies: readonly One[], by: (one: One) => unknown): One[][] {
  return [...Map.groupBy(studies, (one) => JSON.stringify(by(one))).values()];
}

/** The mean over studies of what is known; null without any. */
export function meanOf<One>(studies: readonly One[], measure: (one: One) => number): number | null {
  const known = studies.map(measure).filter(Number.isFinite);
  return known.length ? mean(known) : null;
}

/** Distinct seeds. */
export const seedsOf = (studies: readonly Watched[]): number => new Set(studies.map(({ run }) => run.seed)).size;

/** Each study with full fine-tuning's of the same setting and seed, where there is one. */
export function besideFull<One extends Watched>(studies: readonly One[]): { readonly lora: One; readonly full: One }[] {
  const full = new Map(studies.filter(({ run }) => run.method.name === "full").map((one) => [`${one.run.seed} ${one.setting}`, one]));
  return studies.filter(({ run }) => run.method.name === "lora").flatMap((lora) => {
    const other = full.get(`${lora.run.seed} ${lora.setting}`);
    return other ? [{ lora, full: other }] : [];
  });
}
