/** One study, from its settings to its record. */
import { returnFreeMemory } from "../tensor/free_memory.ts";
import { tfjsVersion } from "../tensor/tf.ts";
import type { InputDigests } from "./key.ts";
import { RECIPE } from "./key.ts";
import { describeMachine } from "./machine.ts";
import { createSession, type Session } from "./session.ts";
import { studyAngles } from "./studies/angles.ts";
import { studyBlocks } from "./studies/blocks.ts";
import { studyCourse } from "./studies/course.ts";
import { studyDecomposition } from "./studies/decomposition.ts";
import { type Bench, createKernelPool } from "./studies/pool.ts";
import { studyProjection } from "./studies/projection.ts";
import { studyTwins } from "./studies/twins.ts";
import type { WalkControl } from "./studies/walk.ts";
import type { StudyRecord, StudyResult } from "./study_record.ts";
import { type Study, studyVersions } from "./study_schema.ts";

export interface StudyContext extends WalkControl {
  readonly key: string;
  readonly digests: InputDigests;
}

export type ExecuteStudy = (study: Study, context: StudyContext) => Promise<StudyRecord>;

/** An `ExecuteStudy` whose studies share one session and the kernels traced in it, which take gigabytes: to be disposed of. */
export function createStudyExecutor(session: Session = createSession()): { readonly execute: ExecuteStudy; dispose(): void } {
  const bench = { session, pool: createKernelPool() };
  const execute: ExecuteStudy = async (study, { key, digests, ...control }) => {
    const start = performance.now(), result = await measure(bench, study, control).finally(returnFreeMemory);
    const { tensorflow, threads } = await session.versions;
    return {
      schema: 1,
      key,
      study,
      digests: { ...digests, recipe: RECIPE, version: studyVersions[study.study] },
      result,
      provenance: {
        ...await describeMachine(),
        versions: { deno: Deno.version.deno, tensorflow, tfjs: tfjsVersion },
        threads,
        seconds: (performance.now() - start) / 1000,
      },
    };
  };
  return {
    execute,
    dispose() {
      bench.pool.dispose();
      returnFreeMemory();
    },
  };
}

/** The numbers of a study. */
export async function measure(bench: Bench, study: Study, control: WalkControl = {}): Promise<StudyResult> {
  switch (study.study) {
    case "twins":
      return await studyTwins(bench, study, control);
    case "course":
      return await studyCourse(bench, study, control);
    case "angles":
      return await studyAngles(bench, study, control);
    case "decomposition":
      return await studyDecomposition(bench, study, control);
    case "blocks":
      return await studyBlocks(bench, study, control);
    case "projection":
      return await studyProjection(bench, study, control);
  }
}
