import assert from "node:assert/strict";
import { createStudyView, measureStudies } from "../../lib/cli/studies.ts";
import { createProgress } from "../../lib/cli/progress.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { studies } from "../../lib/experiment/studies/grid.ts";
import { angles, full, runOf, twins } from "../support/fake_studies.ts";

const door = { name: "bpa", poisonRate: 0.1 } as const, record = twins(runOf(full, door, 1));
const planned = { key: record.key, study: record.study, digests: { data: "d", weights: "w" }, index: 1 };

Deno.test("createStudyView() says how many there are, and a line for each that ends", () => {
  const lines: string[] = [], view = createStudyView(createProgress({ isTerminal: false, write: (line) => lines.push(line), nowMs: () => 0 }));
  view.show({ kind: "planned", studies: 2, present: 1 });
  view.show({ kind: "started", study: planned });
  view.show({ kind: "progress", study: planned, step: 1, steps: 2 });
  view.show({ kind: "finished", study: planned, record });
  view.show({ kind: "failed", study: { ...planned, index: 2 }, error: new Error("no") });
  view.stop();
  assert.deepEqual(lines, [
    "2 studies, 1 of them done before",
    "[1/2] twins: FF, backdoor 10 %, mr, seed 1: 1 s",
    "[2/2] twins: FF, backdoor 10 %, mr, seed 1 FAILED: no",
  ]);
});

Deno.test("measureStudies() measures a profile's studies once, and says what failed", async () => {
  const outputs = await Deno.makeTempDir(), signal = new AbortController().signal, profile = profileNamed("quick");
  const progress = createProgress({ isTerminal: false, write: () => {} });
  let measured = 0;
  const failed = await measureStudies({ profile, paper: "a", outputs }, progress, signal, (study, { key }) => {
    measured++;
    if (study.study !== "angles") return Promise.reject(new Error("no"));
    return Promise.resolve({ ...angles(runOf(full, door, 1), 0.5), key, study });
  });
  assert.deepEqual(failed, ["Cannot call this complete as every study must end: 2 failed, the first with: no"]);
  assert.deepEqual([measured, await measureStudies({ profile, paper: "a", outputs }, progress, signal, () => Promise.reject(new Error("no")))], [
    4,
    failed,
  ]);
  const others = await measureStudies({ profile, outputs }, progress, signal, () => Promise.reject(new Error("no")));
  const ofPaperB = studies(profile, undefined, "b").length;
  assert.match(others.join(), new RegExp(`as every study must end: ${2 + ofPaperB} failed`), "paper B's as well");
  await Deno.remove(outputs, { recursive: true });
});
