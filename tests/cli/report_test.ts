import assert from "node:assert/strict";
import { join } from "node:path";
import { fakeRecord } from "../support/fake_record.ts";
import { gather } from "../../lib/cli/gather.ts";
import { selectionOf } from "../../lib/cli/options.ts";
import { report } from "../../lib/cli/report.ts";
import { selectExperiments } from "../../lib/experiment/experiments.ts";
import { createDigests } from "../../lib/experiment/inputs.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import type { RunRecord } from "../../lib/experiment/record.ts";
import { openStore } from "../../lib/experiment/store.ts";
import { planSweep } from "../../lib/experiment/sweep.ts";

const seeds = [97], options = { profile: "quick", only: ["fig-a1"], seeds };

/** Two empty folders, and the runs of a figure. */
async function setting(test: (outputs: string, published: string, runs: Awaited<ReturnType<typeof planSweep>>) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const [{ configs }] = selectExperiments(["fig-a1"]);
    await test(join(folder, "own"), join(folder, "published"), await planSweep(configs(profileNamed("quick"), seeds), createDigests()));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("report() shows the published records where the reader has none, and compares only the reader's own with them", () =>
  setting(async (outputs, published, runs) => {
    const theirs = await openStore(published);
    for (const { key, config } of runs) await theirs.put(fakeRecord(config, key, 0.75));
    await report({ ...options, outputs }, published);
    const borrowed = await Deno.readTextFile(join(outputs, "report.html"));
    assert.match(borrowed, new RegExp(`Of its ${runs.length} runs, ${runs.length} are the project.s published ones`));
    assert.match(borrowed, /<td>FF, label flips 15 %, mr<\/td><td class="number">1<\/td><td>\.750<\/td>/);
    assert.doesNotMatch(borrowed, /No runs yet|Agreement with the published records/);

    const own = await openStore(outputs);
    for (const { key, config } of runs.slice(0, 2)) await own.put(fakeRecord(config, key, 0.8));
    await report({ ...options, outputs }, published);
    const mixed = await Deno.readTextFile(join(outputs, "report.html"));
    assert.match(mixed, new RegExp(`Of its ${runs.length} runs, ${runs.length - 2} are the project.s published ones`));
    assert.match(mixed, /Agreement with the published records[\s\S]*<td>0\.0500<\/td>/);
  }));

Deno.test("gather() gives the reason in place of a figure that cannot be drawn, and stops between figures when asked", async () => {
  const selection = selectionOf({ profile: "quick", only: ["fig-a1"], seeds, outputs: "" });
  const source = { get: (key: string) => Promise.resolve({ key, config: null } as unknown as RunRecord) };
  const [first] = await gather(selection, source);
  assert.equal(first.figure, null);
  assert.match(first.problem!.message, /null/);
  await assert.rejects(() => gather(selection, source, AbortSignal.abort(new Error("stopped"))), { message: "stopped" });
});

Deno.test("report() without any record is a whole page, with the seeds asked for among its settings", () =>
  setting(async (outputs, published) => {
    await report({ ...options, outputs }, published);
    const html = await Deno.readTextFile(join(outputs, "report.html"));
    assert.match(html, /No runs yet/);
    assert.match(html, /<td>seeds<\/td><td>97<\/td>/);
    assert.match(html, /<td>1 epoch in batches of 16, linear learning rate, the first 10 % of the steps warming up<\/td>/);
    assert.doesNotMatch(html, /published ones|Agreement with/);
  }));
