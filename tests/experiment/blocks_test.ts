/** Proposition 4.2 block by block, against the run that it looks at and the bounds that its constants must keep. */
import assert from "node:assert/strict";
import { metricsOf } from "../../lib/evaluate/metrics.ts";
import { createKernelPool } from "../../lib/experiment/studies/pool.ts";
import { measure } from "../../lib/experiment/study_execute.ts";
import { type ResultOf, StudyResult } from "../../lib/experiment/study_record.ts";
import { resolveStudy } from "../../lib/experiment/study_schema.ts";
import { engineTest } from "../support/tensorflow.ts";
import { chainRunner, proxy, tuned } from "../support/tiny_chain.ts";
import { tinySession } from "../support/tiny_session.ts";

engineTest(
  "blocks: at its trained scale a block is the run itself, its line meets it there and without it, and no constant passes its bound",
  async () => {
    const session = tinySession(), bench = { session, pool: createKernelPool(1) }, folder = await Deno.makeTempDir(), told: string[] = [];
    const run = chainRunner(session, folder), arms = [null, { ci: {}, tr: { lambda: 1, k: 2 } }], scales = [2, 8, 64];
    const study = resolveStudy({ study: "blocks", run: tuned, arms, scales, rows: 3 });
    const result = await measure(bench, study, { onStep: (step, steps) => told.push(`${step}/${steps}`) }) as ResultOf<"blocks">;
    assert.deepEqual(StudyResult.parse(JSON.parse(JSON.stringify(result))), result, "it survives its file");
    assert.deepEqual([result.steps, result.arms.length, told.length], [10, 2, 3 * 10 + 2 * 2]);

    await run(proxy, "poisoned");
    for (const [i, rora] of arms.entries()) {
      const arm = result.arms[i], { clean, changed: [triggered] } = await run({ ...tuned, rora }, `tuned ${i}`, "poisoned");
      const [right, wrong] = [clean[1], triggered[1]].map(([target, other]) => [target, other]), count = right[0] + right[1];
      assert.equal(arm.rows, count);
      assert.deepEqual([arm.trained.scale, arm.trained.attackSuccessRate, arm.trained.accuracy], [2, wrong[0] / count, metricsOf(clean).accuracy]);
      assert.deepEqual(arm.blocks.map(({ block }) => block), [0, 1]);
      for (const { foretold, observed } of arm.blocks) {
        assert.deepEqual(observed.map(({ scale }) => scale), [0, ...scales]);
        assert.deepEqual(observed[1], arm.trained, "s = alpha / r");
        const [atTrained] = foretold.predicted, close = (a: number, b: number) => assert(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);
        assert.deepEqual([atTrained.attackSuccessRate, atTrained.cleanAccuracy], [arm.trained.attackSuccessRate, right[1] / count]);
        close(foretold.triggered.with, arm.trained.triggeredMargin);
        close(foretold.triggered.without, observed[0].triggeredMargin);
        const { exactScale, turned, sufficient } = foretold;
        assert(sufficient!.share <= turned, "where s* holds for a row, s_0 does");
        assert.equal(sufficient!.scale === null, sufficient!.share === 0);
        if (sufficient!.share === turned && exactScale) {
          sufficient!.scale!.forEach((scale, i) => assert(scale >= exactScale[i], "s* is never below s_0"));
        }
      }
      const [first, second] = arm.blocks;
      assert.notEqual(first.observed[0].triggeredMargin, second.observed[0].triggeredMargin, "each block by itself");
      assert.deepEqual(arm.modules.map(({ module }) => module.split(".").slice(2).join(".")), [
        "0.attention.self.query",
        "0.attention.self.value",
        "1.attention.self.query",
        "1.attention.self.value",
      ]);
      for (const { sigmaPretrained, sigmaUpdate, rhoBackdoor, update } of arm.modules) {
        assert(sigmaPretrained > 0 && sigmaUpdate > 0);
        for (const rho of [...rhoBackdoor, ...update!.rhoClean]) assert(Math.abs(rho) <= 1 + 1e-6, `${rho}`);
        assert(update!.rhoTrigger.every((rho) => rho >= 0));
        assert.equal(update!.sufficientScale === null, update!.shares.effective === 0);
      }
    }
    session.dispose();
    await Deno.remove(folder, { recursive: true });
  },
);
