/** RoBERTa-large as a model of runs: in a folder of the reader's own. */
import assert from "node:assert/strict";
import { trainedParameters } from "../../lib/experiment/cost_flops.ts";
import { shapesOf } from "../../lib/experiment/cost_shapes.ts";
import { encoderShapes } from "../../lib/experiment/encoder_shapes.ts";
import { models, requireOwnInputs } from "../../lib/experiment/inputs.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { countParameters, parseBertConfig } from "../../lib/model/encoder.ts";

const config = resolveConfig({
  task: { dataset: "mr", trainRows: 32, validationRows: 32, testRows: 32 },
  model: "roberta-large",
  attack: { name: "none" },
  method: { name: "lora", rank: 8, alpha: 16, targets: "qv" },
  head: "trained",
  train: { epochs: 1, batchSize: 32, learningRate: 2e-4, maxLength: 512 },
  seed: 1,
});

Deno.test("a run with roberta-large names the variable and the files that it needs", async () => {
  await assert.rejects(requireOwnInputs([config], { environment: {} }), {
    message:
      /^Cannot find FacebookAI\/roberta-large as .*: LOWRANK_ROBERTA_LARGE is not set\. Download config\.json, model\.safetensors and tokenizer\.json/,
  });
});

Deno.test("roberta-large has the shapes that its config.json says", () => {
  const shape = encoderShapes["roberta-large"], { width, layers, positions } = models["roberta-large"];
  const read = parseBertConfig({
    model_type: "roberta",
    hidden_act: "gelu",
    hidden_size: 1024,
    intermediate_size: 4096,
    layer_norm_eps: 1e-5,
    max_position_embeddings: 514,
    num_attention_heads: 16,
    num_hidden_layers: 24,
    pad_token_id: 1,
    type_vocab_size: 1,
    vocab_size: 50265,
  });
  assert.deepEqual(shape, read);
  assert.deepEqual([width, layers, positions], [1024, 24, 512]);
  assert.equal(countParameters(shape), 354_310_144, "the reference's, without a pooler");
  const { architecture } = shapesOf(config), adapters = 24 * 2 * 8 * 2048, head = 1024 * 1024 + 1024 + 2 * 1024 + 2;
  assert.equal(trainedParameters(architecture), adapters + head, "query and value, and both layers of the head");
});
