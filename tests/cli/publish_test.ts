import assert from "node:assert/strict";
import { join } from "node:path";
import { claimsOf } from "../../lib/claims/claim.ts";
import { readTheory, theoryStamp, theoryText } from "../../lib/claims/kept_theory.ts";
import { publish } from "../../lib/cli/publish.ts";
import { selectExperiments } from "../../lib/experiment/experiments.ts";
import { createDigests } from "../../lib/experiment/inputs.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { openStore } from "../../lib/experiment/store.ts";
import { studies } from "../../lib/experiment/studies/grid.ts";
import { openStudies } from "../../lib/experiment/study_store.ts";
import { planStudies } from "../../lib/experiment/study_sweep.ts";
import { planSweep } from "../../lib/experiment/sweep.ts";
import type { TheoremCell } from "../../lib/theory/check.ts";
import { fakeRecord, smallConfig } from "../support/fake_record.ts";
import { angles, full, runOf } from "../support/fake_studies.ts";
import { printedBy } from "../support/printed.ts";

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);

Deno.test("publish() copies what is a profile's and not published yet, leaves the rest, and says what is missing", async () => {
  const folder = await Deno.makeTempDir(), outputs = join(folder, "own"), published = join(folder, "published"), profile = profileNamed("quick");
  const all = await printedBy(() => publish({ profile: "quick", outputs }, published));
  const total = Number(/ 0 of (\d+), /.exec(all)?.[1]);
  assert.match(all, new RegExp(`\\n0 published now; of the profile quick 0 of ${total}, ${total} are missing\\n$`));
  try {
    const own = await openStore(outputs), there = await openStore(published), [{ configs }] = selectExperiments(["fig-a1"]);
    const runs = await planSweep(configs(profile), createDigests());
    await there.put(fakeRecord(runs[0].config, runs[0].key, 0.5));
    for (const { config, key } of runs.slice(0, 3)) await own.put(fakeRecord(config, key, 0.75));
    const stranger = "f".repeat(64);
    await own.put(fakeRecord(smallConfig, stranger));
    const otherRecipe = "e".repeat(64), readersOwn = "d".repeat(64);
    const [unplanned] = await planSweep([smallConfig], createDigests());
    await there.put(fakeRecord(unplanned.config, unplanned.key)); // of this code, and in no profile
    await there.put(fakeRecord(smallConfig, otherRecipe)); // what another state of the code made
    await there.put(fakeRecord({ ...smallConfig, model: "bert-large-uncased" }, readersOwn));
    const [planned] = (await planStudies(studies(profile), createDigests())).filter(({ study }) => study.study === "angles");
    const study = { ...angles(runOf(full, { name: "bpa", poisonRate: 0.1 }, 1), 0.5), key: planned.key, study: planned.study };
    await (await openStudies(outputs)).put(study);
    const [unplannedStudy] = await planStudies([{ ...planned.study, rows: 7 } as typeof planned.study], createDigests());
    await (await openStudies(published)).put({ ...study, study: unplannedStudy.study as typeof study.study, key: unplannedStudy.key });

    const text = await printedBy(() => publish({ profile: "quick", outputs }, published));
    assert.match(text, new RegExp(`fig-a1 +│ +3 │ +${runs.length} │ +${runs.length - 3} │`));
    assert.match(text, /studies: angles +│ +1 │ +2 │ +1 │/);
    assert.match(text, new RegExp(`\\n3 published now; of the profile quick 4 of ${total}, ${total - 4} are missing\\n$`));
    assert.deepEqual((await there.get(runs[0].key))!.result.clean, fakeRecord(runs[0].config, "", 0.5).result.clean, "what is published stays");
    assert.deepEqual(await there.get(runs[2].key), await own.get(runs[2].key));
    assert.equal(await there.get(stranger), null);
    assert.match(text, /\nTaken out, as no profile plans them any more: 2\n/);
    assert.deepEqual([await there.get(unplanned.key), await (await openStudies(published)).get(unplannedStudy.key)], [null, null]);
    assert.ok(await there.get(otherRecipe), "plans say nothing of another recipe's results");
    assert.ok(await there.get(readersOwn), "what rests on a reader's own files has other keys on other machines");
    assert.deepEqual(await (await openStudies(published)).get(planned.key), study);
    const cellsFirst = "Theorem cells: published are none of this code; deno task claims computes them";
    assert.match(
      text,
      new RegExp(
        `${cellsFirst}\nTo be read there: figures drawn anew fig-a3, .*; as they were, as runs are missing: fig-a1, .*; README.md as it was, `,
      ),
    );

    const stamp = await theoryStamp(), cells: TheoremCell[] = [{ id: "A-8", title: "t", statement: "s", steps: [] }];
    await Deno.writeTextFile(join(outputs, "theory.json"), theoryText(stamp, cells));
    assert.match(await printedBy(() => publish({ profile: "quick", outputs }, published)), /Theorem cells: published now\n.*; README.md written\n/);
    assert.deepEqual(await readTheory(join(published, "theory.json"), stamp), cells);
    assert.ok(!await exists(join(published, "figures", "fig-a1.svg")), "its runs are not all there");
    for (const { config, key } of runs) await own.put(fakeRecord(config, key, 0.75));
    assert.match(await printedBy(() => publish({ profile: "quick", outputs }, published)), /figures drawn anew fig-a1, fig-a3, /);
    assert.match(await Deno.readTextFile(join(published, "figures", "fig-a1.svg")), /^<svg /);
    const page = await Deno.readTextFile(join(published, "README.md"));
    for (const { id } of claimsOf()) assert.ok(page.includes(`\n| ${id} | `), id);
    for (const [, path] of page.matchAll(/!\[[^\]\n]*\]\(([^)]*)\)/g)) assert.ok(await exists(join(published, path)), path);
    assert.match(page, /\]\(figures\/fig-a1\.svg\)/);
    const again = await printedBy(() => publish({ profile: "quick", outputs }, published));
    assert.match(again, /\n0 published now; /);
    assert.ok(!again.includes("Taken out"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
