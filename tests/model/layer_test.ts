import assert from "node:assert/strict";
import { layerOf, placeOf } from "../../lib/model/layer.ts";

Deno.test("layerOf() and placeOf() read a name's layer from 0, and null outside the layers", () => {
  assert.deepEqual(placeOf("encoder.layer.11.attention.self.query.weight"), { layer: 11, within: "attention.self.query.weight" });
  assert.deepEqual(["encoder.layer.0.output.dense", "pooler.dense", "classifier"].map(layerOf), [0, null, null]);
});
