import assert from "node:assert/strict";
import { join } from "node:path";
import type { ExecuteStudy } from "../../lib/experiment/study_execute.ts";
import { openStudies, studiesAt, type StudyStore } from "../../lib/experiment/study_store.ts";
import { collectStudies, type StudyEvent, sweepStudies } from "../../lib/experiment/study_sweep.ts";
import { angles, course, full, lora, runOf, twins } from "../support/fake_studies.ts";

const digestsOf = () => Promise.resolve({ data: "d", weights: "w" }), door = { name: "bpa", poisonRate: 0.1 } as const;
const made = [1, 2].flatMap((
  seed,
) => [twins(runOf(full, door, seed)), course(runOf(lora(), door, seed), {}, {}), angles(runOf(lora(), door, seed), 0.5)]);
const planned = made.map(({ study }) => study);
const label = ({ study, run }: typeof planned[number]) => `${study} ${run.seed}`;

async function setting(test: (store: StudyStore, execute: ExecuteStudy, ran: string[], folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir(), ran: string[] = [];
  const execute: ExecuteStudy = (study, { key, onStep }) => {
    ran.push(label(study));
    onStep!(1, 2);
    return Promise.resolve({ ...made[planned.indexOf(study)], key });
  };
  try {
    await test(await openStudies(folder), execute, ran, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("sweepStudies() measures each once, one method after the other, and keeps them under studies/<aa>/<key>.json", () =>
  setting(async (store, execute, ran, folder) => {
    const mixed = [...planned].reverse(), events: StudyEvent[] = [];
    const { records, failed, aborted } = await sweepStudies({
      studies: [...mixed, ...mixed],
      store,
      execute,
      digestsOf,
      onEvent: (e) => events.push(e),
    });
    assert.deepEqual(ran, ["angles 2", "course 2", "angles 1", "course 1", "twins 2", "twins 1"]);
    assert.deepEqual({ failed, aborted }, { failed: [], aborted: false });
    assert.deepEqual(events.slice(0, 4).map(({ kind }) => kind), ["planned", "started", "progress", "finished"]);
    const { key } = records[0];
    assert.ok((await Deno.stat(join(folder, "studies", key.slice(0, 2), `${key}.json`))).isFile);
    const course = await store.get(records[1].key);
    assert.deepEqual(course, records[1]); // a loss that is not there is NaN again
    assert.deepEqual((await collectStudies(mixed, await studiesAt(folder), digestsOf)).map(({ study }) => label(study)), ran);
  }));

Deno.test("sweepStudies() goes on where it stopped, and after a study that fails", () =>
  setting(async (store, execute, ran) => {
    const abort = new AbortController();
    const stopping: ExecuteStudy = (study, context) => {
      if (ran.length < 2) return execute(study, context);
      abort.abort();
      throw new Error("stopped");
    };
    const first = await sweepStudies({
      studies: planned,
      store,
      execute: (...args) => Promise.resolve(args).then(([s, c]) => stopping(s, c)),
      digestsOf,
      signal: abort.signal,
    });
    assert.deepEqual([first.records.length, first.aborted, first.failed], [2, true, []]);
    const failing: ExecuteStudy = (study, context) => study.study === "angles" ? Promise.reject(new Error("no")) : execute(study, context);
    const events: StudyEvent[] = [];
    const second = await sweepStudies({ studies: planned, store, execute: failing, digestsOf, onEvent: (e) => events.push(e) });
    assert.deepEqual(events[0], { kind: "planned", studies: 6, present: 2 });
    assert.deepEqual(ran, ["twins 1", "twins 2", "course 1", "course 2"]);
    assert.deepEqual(second.failed.map(({ study, error }) => [label(study.study), error.message]), [["angles 1", "no"], ["angles 2", "no"]]);
    assert.equal(second.records.length, 4);
  }));

Deno.test("sweepStudies() ends when nothing can be kept", () =>
  setting(async (_store, execute, ran, folder) => {
    const readOnly = await openStudies(folder, { readOnly: true });
    await assert.rejects(sweepStudies({ studies: planned, store: readOnly, execute, digestsOf }), {
      message: `Cannot store a study as ${folder} must be open for writing: it was opened to be read`,
    });
    assert.equal(ran.length, 1);
  }));

Deno.test("openStudies() takes no file whose result is of another study", () =>
  setting(async (_store, _execute, _ran, folder) => {
    const problems: string[] = [], store = await openStudies(folder, { onProblem: (sentence) => problems.push(sentence) });
    await store.put({ ...made[0], result: made[1].result });
    assert.equal(await store.get(made[0].key), null);
    assert.match(problems[0], /as it must be a whole record: result\.study: must be the study's; it was moved to /);
  }));
