/** Many studies, one after the other: each once, those in the store not at all. One that was cut off begins again: it takes a minute or a few. */
import canonicalize from "canonicalize";
import type { DigestsOf } from "./inputs.ts";
import type { InputDigests } from "./key.ts";
import type { ExecuteStudy } from "./study_execute.ts";
import type { StudyRecord } from "./study_record.ts";
import { type Study, studyKey } from "./study_schema.ts";
import type { StudyStore } from "./study_store.ts";

/** A study among others. */
export interface PlannedStudy {
  readonly key: string;
  readonly study: Study;
  readonly digests: InputDigests;
  /** Place, from 1. */
  readonly index: number;
}

export type StudyEvent =
  | { readonly kind: "planned"; readonly studies: number; readonly present: number }
  | { readonly kind: "skipped" | "started"; readonly study: PlannedStudy }
  /** Steps of the run that is being walked, twins walk two; or blocks that are being looked at. */
  | { readonly kind: "progress"; readonly study: PlannedStudy; readonly step: number; readonly steps: number }
  | { readonly kind: "finished"; readonly study: PlannedStudy; readonly record: StudyRecord }
  | { readonly kind: "failed"; readonly study: PlannedStudy; readonly error: Error };

export interface StudySweepOptions {
  readonly studies: readonly Study[];
  readonly store: StudyStore;
  readonly execute: ExecuteStudy;
  readonly digestsOf: DigestsOf;
  readonly onEvent?: (event: StudyEvent) => void;
  readonly signal?: AbortSignal;
}

export interface StudySweepResult {
  /** In the order of the studies. */
  readonly records: readonly StudyRecord[];
  readonly failed: readonly { readonly study: PlannedStudy; readonly error: Error }[];
  /** Whether `signal` ended it before its last study. */
  readonly aborted: boolean;
}

/** Measures what is not in the store yet. A study that fails is reported and the next begins; an error of the store or its disk ends it. */
export async function sweepStudies(options: StudySweepOptions): Promise<StudySweepResult> {
  const { store, execute, onEvent = () => {}, signal = new AbortController().signal } = options;
  const planned = await planStudies(options.studies, options.digestsOf),
    records: StudyRecord[] = [],
    failed: { study: PlannedStudy; error: Error }[] = [];
  const stored = await Promise.all(planned.map(({ key }) => store.get(key)));
  onEvent({ kind: "planned", studies: planned.length, present: stored.filter((record) => record !== null).length });
  for (const study of planned) {
    const present = stored[study.index - 1] ?? await store.get(study.key); // asked again: another process may have published it since
    if (present) {
      records.push(present);
      onEvent({ kind: "skipped", study });
      continue;
    }
    if (signal.aborted) return { records, failed, aborted: true };
    onEvent({ kind: "started", study });
    const onStep = (step: number, steps: number) => onEvent({ kind: "progress", study, step, steps });
    const found = await execute(study.study, { key: study.key, digests: study.digests, signal, onStep }).catch(asError);
    if (found instanceof Error) {
      if (signal.aborted) return { records, failed, aborted: true };
      failed.push({ study, error: found });
      onEvent({ kind: "failed", study, error: found });
      continue;
    }
    const record = await store.put(found) ? found : await store.get(study.key) ?? found;
    records.push(record);
    onEvent({ kind: "finished", study, record });
  }
  return { records, failed, aborted: false };
}

/** Each study once, those of one method beside each other: what has been traced for it is used again. */
export async function planStudies(studies: readonly Study[], digestsOf: DigestsOf): Promise<PlannedStudy[]> {
  const byMethod = Map.groupBy(studies, ({ run }) => canonicalize(run.method)), planned = new Map<string, PlannedStudy>();
  for (const study of [...byMethod.values()].flat()) {
    const digests = await digestsOf(study.run), key = studyKey(study, digests);
    if (!planned.has(key)) planned.set(key, { key, study, digests, index: planned.size + 1 });
  }
  return [...planned.values()];
}

/** The records of these studies that a source has; of other settings or recipes none comes in. */
export async function collectStudies(
  studies: readonly Study[],
  source: Pick<StudyStore, "get">,
  digestsOf: DigestsOf,
): Promise<StudyRecord[]> {
  const found = await Promise.all((await planStudies(studies, digestsOf)).map(({ key }) => source.get(key)));
  return found.filter((record) => record !== null);
}

const asError = (thrown: unknown): Error => thrown instanceof Error ? thrown : new Error(String(thrown));
