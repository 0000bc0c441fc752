import assert from "node:assert/strict";
import canonicalize from "canonicalize";
import { z } from "zod";
import { RunConfig } from "../../lib/experiment/config.ts";
import { createDigests } from "../../lib/experiment/inputs.ts";
import { RECIPE, runKey } from "../../lib/experiment/key.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { withoutDefaults } from "../../lib/experiment/schema_walk.ts";

const input = {
  task: { trainRows: 1000, validationRows: 400, testRows: 600 },
  attack: { name: "none" },
  method: { name: "lora" },
  train: { epochs: 3, batchSize: 32, learningRate: 1e-3 },
  seed: 1,
};
const digests = { data: "d".repeat(64), weights: "e".repeat(64) };

Deno.test("runKey() is stable: a change here makes every stored record unreachable", () => {
  assert.equal(runKey(resolveConfig(input), digests, "1"), "77f6f5a842b1edecbfd20227955da9d02ea66bea8c20aa5ae6d8c8b44cf5054c");
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

Deno.test("withoutDefaults() leaves what was said: a new field with a default changes nothing", () => {
  const before = z.strictObject({ rate: z.number().default(1), inner: z.strictObject({ size: z.number().default(2), name: z.string() }) });
  const after = z.strictObject({
    ...before.shape,
    added: z.enum(["as before", "new"]).default("as before"),
    more: z.strictObject({ x: z.number().default(3) }).prefault({}),
  });
  for (const value of [{ inner: { name: "a" } }, { rate: 2, inner: { size: 2, name: "a" } }]) {
    assert.deepEqual(withoutDefaults(after, after.parse(value)), withoutDefaults(before, before.parse(value)));
  }
  assert.deepEqual(withoutDefaults(after, after.parse({ rate: 1, inner: { size: 4, name: "a" }, added: "new", more: { x: 3 } })), {
    inner: { size: 4, name: "a" },
    added: "new",
  });
});

Deno.test("withoutDefaults() walks the config's unions: two configs are the same without their defaults only if they are the same", () => {
  const sparse = (change: object) => canonicalize(withoutDefaults(RunConfig, resolveConfig({ ...input, ...change })));
  const bpa = { attack: { name: "bpa", poisonRate: 0.1 } };
  const changes = [{}, { method: { name: "full" } }, { method: { name: "lora", rank: 4 } }, { method: { name: "lora", trainA: false } }, bpa, {
    ...bpa,
    seed: 2,
  }];
  assert.equal(new Set(changes.map(sparse)).size, changes.length);
  assert.equal(sparse({ method: { name: "lora", rank: 8, alpha: 16 } }), sparse({}));
  assert.deepEqual(JSON.parse(sparse({})!).method, { name: "lora" });
});

Deno.test("createDigests() falls back to the pinned digests where nothing is installed", async () => {
  const digestsOf = createDigests({ environment: { LOWRANK_CACHE: await Deno.makeTempDir() } });
  const { data, weights } = await digestsOf(resolveConfig(input));
  assert.equal(data, "d4acac55fe7f38d09d551abf248647e257ec1ee13f5bb9ce524c2fb0b613675d");
  assert.match(weights, /^[0-9a-f]{64}$/);
});
