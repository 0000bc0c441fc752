/**
 * The paper profile's chains from end to end in small: paper B's own configs with a few rows, on encoders as wide as RoBERTa-large and BERT-large with
 * two layers. Random weights and made-up sentences: it shows that a proxy and what starts from it go through, nothing about attacks.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type RunConfig, standingAlone } from "../../lib/experiment/config.ts";
import { executeRun } from "../../lib/experiment/execute.ts";
import { selectExperiments } from "../../lib/experiment/experiments.ts";
import { createDigests } from "../../lib/experiment/inputs.ts";
import { runKey } from "../../lib/experiment/key.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { RunRecordSchema } from "../../lib/experiment/record_schema.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { createSession } from "../../lib/experiment/session.ts";
import { writeLargeEncoder, writeLargeRoberta, writeSmallSplits } from "../support/large_encoder.ts";
import { root } from "../support/modules.ts";

const rows = { trainRows: 40, validationRows: 8, testRows: 8 }, layers = 2, modules = 2 * layers;

/** So few rows and steps, two epochs of them, and nothing behind defences, whose models this test does not have; all else as it is. */
function reduced({ start, task, train, evaluate, ...rest }: RunConfig): RunConfig {
  const short = { ...train, maxSteps: 3 }, run = start!.run;
  return resolveConfig({
    ...rest,
    task: { ...task, ...rows },
    train: short,
    evaluate: { ...evaluate, defended: null },
    start: { ...start, run: { ...run, task: { ...run.task, ...rows }, train: { ...run.train, maxSteps: 3 } } },
  });
}

interface Large {
  readonly model: RunConfig["model"];
  /** The environment variable that names its folder. */
  readonly variable: string;
  readonly write: (folder: string) => Promise<void>;
  /** Trained beside the factors: RoBERTa's classifier has a dense layer of its own, BERT's pooler is pretrained. */
  readonly headParameters: number;
}

const width = 1024, classifier = 2 * width + 2;
const larges: readonly Large[] = [
  {
    model: "roberta-large",
    variable: "LOWRANK_ROBERTA_LARGE",
    write: async (folder) =>
      await writeLargeRoberta(folder, layers, JSON.parse(await Deno.readTextFile(`${root}tests/golden/roberta.json`)).tokenizer),
    headParameters: width * width + width + classifier,
  },
  { model: "bert-large-uncased", variable: "LOWRANK_BERT_LARGE", write: (folder) => writeLargeEncoder(folder, layers), headParameters: classifier },
];

for (const { model, variable, write, headParameters } of larges) {
  Deno.test({
    name: `the paper profile's chains go through on two layers of ${model}: a poisoned proxy, then LoRA, RoRA and full fine-tuning`,
    ignore: Deno.systemMemoryInfo().available < 8e9,
    sanitizeResources: false,
    sanitizeOps: false,
    async fn() {
      const folder = await Deno.makeTempDir({ prefix: "lowrank-test-" }), at = (name: string) => join(folder, name);
      const environment = { ...Deno.env.toObject(), [variable]: at("model"), LOWRANK_PAPER_B: at("splits") };
      const session = createSession({ threads: 2, environment }), digestsOf = createDigests({ environment });
      const go = async (config: RunConfig, handsOn = false) => {
        const digests = await digestsOf(config), key = runKey(config, digests), signal = new AbortController().signal;
        const weights = { pathOf: at, handsOn };
        const record = await executeRun(session, config, {
          key,
          digests,
          checkpointFolder: at(`${key}-steps`),
          weights,
          onProgress: () => {},
          signal,
        });
        RunRecordSchema.parse(record);
        return record.result;
      };
      try {
        await write(at("model"));
        for (const name of ["imdb", "sst-2"]) await writeSmallSplits(at(join("splits", name)), { train: 60, dev: 12, test: 12 });
        const badNet = selectExperiments(["table-b2"])[0].configs(profileNamed("paper"), [1])
          .filter(({ task, start, ...config }) =>
            config.model === model && task.dataset === "paper-b-sst-2" && "trigger" in start!.run.attack && start!.run.attack.trigger.text === "mn"
          );
        const lora = badNet.filter(({ method }) => method.name === "lora"), [full] = badNet.filter(({ method }) => method.name === "full");
        const chosen = [...lora, full].map(reduced);
        assert.deepEqual(chosen.map(({ method, rora }) => [method.name, rora !== null]), [["lora", false], ["lora", true], ["full", false]]);

        const proxy = await go(standingAlone(chosen[0].start!.run), true);
        assert.ok(proxy.ledger.poisonedRows > 0 && proxy.ledger.relabelledRows === 0);
        for (const [i, config] of chosen.entries()) {
          const { history, spectra, rescaled, trainableParameters } = await go(config);
          assert.deepEqual([history.steps, history.best!.scores.length], [3, 2], "each of two epochs is scored");
          assert.ok(history.stepLoss.every((loss) => loss > 0 && loss < 5), String(history.stepLoss));
          if (i < 2) assert.deepEqual([spectra!.length, trainableParameters], [modules, modules * 8 * 2 * width + headParameters]);
          assert.equal(Object.keys(rescaled ?? {}).length, i === 1 ? modules : 0);
        }
      } finally {
        session.dispose();
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
