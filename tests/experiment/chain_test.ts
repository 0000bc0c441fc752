/** Runs that start from the encoder that another run hands on, with a tiny encoder and made-up texts. */
import assert from "node:assert/strict";
import type { RunConfigInput } from "../../lib/experiment/config.ts";
import { executeRun } from "../../lib/experiment/execute.ts";
import type { Provenance, RunResult } from "../../lib/experiment/record.ts";
import { RunRecordSchema } from "../../lib/experiment/record_schema.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { fakeRecord } from "../support/fake_record.ts";
import { assertClose } from "../support/close.ts";
import { engineTest } from "../support/tensorflow.ts";
import { tinyRun, tinySession } from "../support/tiny_session.ts";

const plain = { ...tinyRun(), attack: { name: "none" as const } };
const attack = { name: "clean-label", poisonRate: 0.5, targetLabel: 0, trigger: { text: "mn", place: "inner" } } as const;
const proxy: RunConfigInput = { ...plain, attack, method: { name: "full" }, evaluate: { targetLabel: 0 } };
const from = { run: proxy, head: "kept" as const };
const method = { name: "lora", rank: 2, alpha: 4, targets: "qv" } as const;
const started: RunConfigInput = { ...plain, method, head: "trained", start: from, evaluate: { targetLabel: 0 } };

type Go = (config: RunConfigInput, key: string, options?: { handsOn?: boolean; start?: string }) => Promise<RunResult>;

/** Runs that find each other's weights by their keys; `told`: what a run's record says of its defences. */
async function chain(test: (go: Go, told: (key: string) => Provenance["defences"]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir(), session = tinySession(), provenances = new Map<string, Provenance>();
  const go: Go = async (config, key, { handsOn = false, start } = {}) => {
    const { result, provenance } = await executeRun(session, resolveConfig(config), {
      key,
      digests: { data: "data", weights: "weights", start },
      checkpointFolder: `${folder}/checkpoints-${key}`,
      weights: { pathOf: (key) => `${folder}/${key}`, handsOn },
      onProgress: () => {},
      signal: new AbortController().signal,
    });
    provenances.set(key, provenance);
    return result;
  };
  try {
    await test(go, (key) => provenances.get(key)!.defences);
  } finally {
    session.dispose();
    await Deno.remove(folder, { recursive: true });
  }
}

engineTest("executeRun() starts from what another run hands on: a run that trains nothing says what that one said", () =>
  chain(async (go) => {
    const first = await go(proxy, "first", { handsOn: true });
    const still = await go({ ...started, method: { name: "full" }, train: { ...plain.train, maxSteps: 0 } }, "still", { start: "first" });
    assert.deepEqual([still.clean, still.changed, still.history.steps], [first.clean, first.changed, 0]);
    const tuned = await go(started, "tuned", { start: "first" });
    assert.equal(tuned.startDigest, still.startDigest);
    assert.notDeepEqual(tuned.weightsDigest, (await go({ ...started, start: null, evaluate: {} }, "alone")).weightsDigest);
    const fresh = await go({ ...started, start: { ...from, head: "fresh" } }, "fresh", { start: "first" });
    assert.notDeepEqual(fresh.history.stepLoss[0], tuned.history.stepLoss[0]);
  }));

engineTest("executeRun() says where the weights must be that a run starts from", () =>
  chain(async (go) => {
    await assert.rejects(go(started, "x", { start: "absent" }), {
      name: "Error",
      message: /^Cannot start the run as the weights that it starts from must be in .*absent: they are not\. They are made by the run before it/,
    });
  }));

engineTest("executeRun() with RoRA rescales the top layers and says by how much, and gives the same bytes again", () =>
  chain(async (go) => {
    await go(proxy, "first", { handsOn: true });
    const rora = { ci: {}, tr: { k: 8 }, pt: { layers: 1 } }, config = { ...started, rora, evaluate: { targetLabel: 0, spectra: true } };
    const result = await go(config, "rora", { start: "first" });
    assert.equal(JSON.stringify(await go(config, "again", { start: "first" })), JSON.stringify(result));
    const modules = result.spectra!.map(({ module }) => module), top = modules.slice(-2);
    assert.deepEqual(Object.keys(result.rescaled!), top);
    assert(top.every((module) => /query$|value$/.test(module)) && modules.length === 4);
    for (const { module, pretrained, update, scale } of result.spectra!) {
      assert.equal(scale, 2);
      if (top.includes(module)) assertClose([result.rescaled![module]], [pretrained / update], 1e-6);
    }
  }));

engineTest("executeRun() evaluates at other scales, of which s is one, and leaves the run's own numbers alone", () =>
  chain(async (go) => {
    await go(proxy, "first", { handsOn: true });
    const once = await go(started, "once", { start: "first" });
    const { atScales, ...swept } = await go({ ...started, evaluate: { targetLabel: 0, scales: [2, 500] } }, "swept", { start: "first" });
    assert.deepEqual(swept, once);
    assert.deepEqual(atScales!.map(({ scale }) => scale), [2, 500]);
    assert.deepEqual(atScales![0], { scale: 2, clean: once.clean, changed: once.changed });
    assert.notDeepEqual(atScales![1].clean, once.clean);
  }));

engineTest("executeRun() evaluates some rows behind a defence, beside the same rows without it, and names it", () =>
  chain(async (go, told) => {
    await go(proxy, "first", { handsOn: true });
    const defended = { rows: 12, by: [{ name: "rule-based-paraphrase" as const }] };
    const { defended: found, ...rest } = await go({ ...started, evaluate: { targetLabel: 0, defended } }, "defended", { start: "first" });
    assert.deepEqual(rest, await go(started, "undefended", { start: "first" }));
    const { undefended, by: [behind] } = found!;
    assert.deepEqual(told("defended"), [{ component: "words from triggers 1", secondsPerText: 0.5 }]);
    assert.equal(told("undefended"), undefined);
    assert.equal(undefended.clean.flat().reduce((a, b) => a + b), 12);
    assert.deepEqual(behind, { clean: undefended.clean, changed: [undefended.clean] }); // the session's defence leaves nothing of a trigger
  }));

engineTest("executeRun() measures the margins before a rescaling: those of the run that is not rescaled", () =>
  chain(async (go) => {
    await go(proxy, "first", { handsOn: true });
    const measured = { ...started, evaluate: { targetLabel: 0, margins: true, scales: [2] } };
    const plain = await go(measured, "plain", { start: "first" });
    const rescaled = await go({ ...measured, rora: { pt: { layers: 2, scale: 60 } } }, "rescaled", { start: "first" });
    assert.notDeepEqual(rescaled.clean, plain.clean);
    // read once with the counts there, apart from them here, in batches of other lengths
    for (
      const [a, b] of [[rescaled.head!.rhoBackdoor, plain.head!.rhoBackdoor], [rescaled.network!.clean, plain.network!.clean].map(Object.values)]
    ) {
      assertClose(a, b, 1e-5);
    }
    assertClose([rescaled.network!.triggered.with], [plain.network!.triggered.with], 1e-5);
  }));

engineTest("executeRun() measures the proposition's margins: they are those of the predictions that it counts", () =>
  chain(async (go) => {
    await go(proxy, "first", { handsOn: true });
    const result = await go({ ...started, evaluate: { targetLabel: 0, margins: true, sufficientScale: true, scales: [2, 40] } }, "margins", {
      start: "first",
    });
    const head = result.head!, network = result.network!, [, others] = result.clean, rows = others[0] + others[1];
    assert.equal(head.rows, rows);
    assert.equal(network.scale, 2);
    const [at] = network.predicted; // at the scale that was trained with, the line goes through what was measured
    assertClose([at.attackSuccessRate, at.cleanAccuracy], [result.changed[0][1][0] / rows, others[1] / rows], 1e-12);
    assertClose([at.triggeredMargin], [network.triggered.with], 1e-6);
    const { rhoClean, rhoTrigger, rhoEffective, shares } = head.update!;
    assert(rhoClean[2] <= 1 && rhoTrigger[0] >= 0 && rhoEffective[2] <= rhoClean[4] && shares.trigger <= 1);
    assert(head.sigmaUpdate > 0 && head.sigmaPretrained > 0);
    const { sufficient, turned, exactScale } = network;
    assert(sufficient!.share <= turned, "a row with an s* has an s_0 below it");
    assert.deepEqual([sufficient!.scale === null, head.update!.sufficientScale === null], [sufficient!.share === 0, shares.effective === 0]);
    if (sufficient!.share === turned && exactScale) assert(sufficient!.scale!.every((scale, i) => scale >= exactScale[i] * (1 - 1e-12)));
    assert(!("sufficient" in (await go({ ...started, evaluate: { targetLabel: 0, margins: true } }, "unasked", { start: "first" })).network!));
    const still = await go(
      { ...started, method: { name: "full" }, train: { ...plain.train, maxSteps: 0 }, evaluate: { targetLabel: 0, margins: true } },
      "still",
      {
        start: "first",
      },
    );
    assert.deepEqual([still.head!.update, still.head!.sigmaUpdate, still.network], [null, 0, undefined]);
    assert.equal(
      RunRecordSchema.safeParse(JSON.parse(JSON.stringify({ ...fakeRecord(resolveConfig(proxy), "0".repeat(64)), result: { ...still } }))).error,
      undefined,
    );
  }));

Deno.test("resolveConfig() refuses margins and sentences where nothing has a trigger, and sentences of data that the run does not read", () => {
  const evaluated = (evaluate: RunConfigInput["evaluate"]) => () => resolveConfig({ ...plain, method: { name: "lora", targets: "qv" }, evaluate });
  assert.throws(evaluated({ margins: true }), { message: "Cannot resolve config as evaluate.margins needs a trigger among evaluate.changes: none" });
  assert.throws(evaluated({ sufficientScale: true }), { message: "Cannot resolve config as evaluate.sufficientScale needs evaluate.margins: none" });
  assert.throws(evaluated({ sentences: [{ dataset: "mr", row: 0 }] }), {
    message: "Cannot resolve config as evaluate.sentences needs a trigger that is a text among evaluate.changes: none",
  });
  assert.throws(evaluated({ sentences: [{ dataset: "imdb", row: 0 }] }), {
    message: "Cannot resolve config as evaluate.sentences must be rows of a data set that the run reads, mr: imdb",
  });
});

engineTest(
  "executeRun() reads a sentence as it is and with the trigger at every place, by the weights that the run leaves",
  () =>
    chain(async (go) => {
      await go(proxy, "first", { handsOn: true });
      const row = 3, { text } = await tinySession().row(resolveConfig(plain).task, row), words = text.split(" ");
      const result = await go({ ...started, evaluate: { targetLabel: 0, sentences: [{ dataset: "mr", row }] } }, "looked", { start: "first" });
      const [{ untouched, triggered }] = result.sentences!;
      assert.deepEqual(triggered.map(({ length }) => length), [words.length + 1]);
      assert.ok([untouched, ...triggered[0]].every((probability) => probability > 0 && probability < 1));
      assert.ok(new Set([untouched, ...triggered[0]]).size > 2, "places differ");
      const plainly = await go(started, "plain", { start: "first" });
      assert.deepEqual([result.clean, result.changed, result.weightsDigest], [plainly.clean, plainly.changed, plainly.weightsDigest]);
      const still = { ...started, train: { ...plain.train, maxSteps: 0 }, method: { name: "full" as const } };
      const before = await go({ ...still, evaluate: { targetLabel: 0, sentences: [{ dataset: "mr", row }] } }, "still", { start: "first" });
      assert.notEqual(before.sentences![0].untouched, untouched);
    }),
);
