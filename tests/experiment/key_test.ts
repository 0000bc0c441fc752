import assert from "node:assert/strict";
import { createDigests } from "../../lib/experiment/inputs.ts";
import { RECIPE, runKey } from "../../lib/experiment/key.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";

const input = {
  task: { trainRows: 1000, validationRows: 400, testRows: 600 },
  attack: { name: "none" },
  method: { name: "lora" },
  train: { epochs: 3, batchSize: 32, learningRate: 1e-3 },
  seed: 1,
};
const digests = { data: "d".repeat(64), weights: "e".repeat(64) };

Deno.test("runKey() is stable: a change here makes every stored record unreachable", () => {
  assert.equal(runKey(resolveConfig(input), digests, "1"), "f4b5af853b89d43d2c841be998b216d11ec3c802a916283428b06337c3f867f2");
});

Deno.test("runKey() does not depend on the order of keys", () => {
  const { seed, ...rest } = resolveConfig(input);
  assert.equal(runKey({ seed, ...rest }, digests), runKey({ ...rest, seed }, digests));
});

Deno.test("runKey() changes with the config, the data, the weights and the recipe", () => {
  const config = resolveConfig(input);
  const keys = [
    runKey(config, digests),
    runKey({ ...config, seed: 2 }, digests),
    runKey(config, { ...digests, data: "f".repeat(64) }),
    runKey(config, { ...digests, weights: "f".repeat(64) }),
    runKey(config, digests, `${RECIPE}.1`),
  ];
  assert.equal(new Set(keys).size, keys.length);
});

Deno.test("createDigests() falls back to the pinned digests where nothing is installed", async () => {
  const digestsOf = createDigests({ environment: { LOWRANK_CACHE: await Deno.makeTempDir() } });
  const { data, weights } = await digestsOf(resolveConfig(input));
  assert.equal(data, "d4acac55fe7f38d09d551abf248647e257ec1ee13f5bb9ce524c2fb0b613675d");
  assert.match(weights, /^[0-9a-f]{64}$/);
});
