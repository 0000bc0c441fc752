import assert from "node:assert/strict";
import type { RunConfig } from "../../lib/experiment/config.ts";
import { selectExperiments } from "../../lib/experiment/experiments.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import type { RunRecord } from "../../lib/experiment/record.ts";
import { drawRankControls } from "../../lib/figure/rank_controls.ts";
import { renderSvg } from "../../lib/figure/svg.ts";
import { counts } from "../support/records.ts";
import { fakeRecord } from "../support/fake_record.ts";

const standard = profileNamed("standard"), { ranks } = standard.sweep;
const configs = selectExperiments(["rank-controls"])[0].configs(standard, [1, 2]);

/** Accuracy falls with the learning rate, and by 10 points with poison; the loss falls with the rank and rises with the rate. */
function recordOf(config: RunConfig, i: number): RunRecord {
  const { method, train: { learningRate }, attack, seed } = config, rank = method.name === "lora" ? method.rank : 0;
  const right = 0.8 - 20 * learningRate - (attack.name === "none" ? 0 : 0.1) + seed / 100,
    record = fakeRecord(config, `${i}`.padStart(64, "0"), right);
  const collapsed = rank === 256 && attack.name === "upa" && learningRate > 0.005;
  const loss = 0.5 - 0.05 * Math.log2(rank) / 3 + 25 * learningRate;
  const result = { ...record.result, history: { ...record.result.history, epochLoss: [loss] } };
  return { ...record, result: collapsed ? { ...result, clean: counts(0, 1) } : result };
}

const figure = drawRankControls(configs.map(recordOf));
const at = (wanted: Partial<typeof figure.rows[number]>) =>
  figure.rows.filter((row) => Object.entries(wanted).every(([name, value]) => row[name as keyof typeof row] === value));

Deno.test("drawRankControls() has a column for each learning rate and one at matched loss, in which ranks take rates of their own", async () => {
  assert.deepEqual([...new Set(figure.rows.map((row) => row.at))], [
    "learning rate 6e-4",
    "learning rate 2e-3",
    "learning rate 6e-3",
    "matched clean loss",
  ]);
  const flips = at({ measure: "accuracy lost to label flips", policy: "alpha = r" }), lost = flips.filter(({ source }) => source === "mean");
  for (const policy of ["alpha = r", "alpha = 16"]) {
    const usual = at({ at: "learning rate 2e-3", measure: "accuracy, never poisoned", policy, source: "mean" });
    assert.deepEqual(usual.map(({ rank }) => rank), ranks, policy);
  }
  assert.ok(lost.filter(({ rank }) => rank < 256).every(({ value }) => Math.abs(value - 0.1) < 1e-9), "poisoned against its own clean twin");
  const matched = at({ at: "matched clean loss", measure: "attack success rate (backdoor)", source: "run", seed: 1 });
  const rateAt = (rank: number) => configs[Number(matched.find((row) => row.rank === rank)!.key)].train.learningRate;
  assert.deepEqual([4, 32, 256].map(rateAt), [6e-4, 2e-3, 2e-3]);
  assert.deepEqual(
    [...new Set(at({ at: "matched clean loss" }).map(({ rank }) => rank))],
    [4, 32, 256],
    "a rank that was run at one rate has no match",
  );
  assert.equal(at({ source: "null", policy: "alpha = 16" }).length, ranks.length + 2 * 3);
  assert.ok(at({ collapsed: true }).every(({ rank, at }) => rank === 256 && at === "learning rate 6e-3"));
  const svg = await renderSvg(figure);
  for (const text of ["learning rate 2e-3", "matched clean loss", "alpha = 2r", "accuracy, never poisoned"]) assert.ok(svg.includes(text), text);
  assert.doesNotMatch(svg, /NaN|undefined/);
  assert.deepEqual(figure.keys.length, configs.length);
});

Deno.test("drawRankControls() draws what is there: nothing, or one rate", async () => {
  assert.match(await renderSvg(drawRankControls([])), /no runs yet/);
  const main = drawRankControls(configs.map(recordOf).filter(({ config }) => config.train.learningRate === 2e-3));
  assert.deepEqual([...new Set(main.rows.map((row) => row.at))], ["learning rate 2e-3"], "no choice, no match");
  assert.doesNotMatch(await renderSvg(main), /NaN/);
});
