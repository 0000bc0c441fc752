import assert from "node:assert/strict";
import { verify } from "../../lib/cli/verify.ts";
import type { RunConfig } from "../../lib/experiment/config.ts";
import { createDigests } from "../../lib/experiment/inputs.ts";
import { runKey } from "../../lib/experiment/key.ts";
import { openStore } from "../../lib/experiment/store.ts";
import { fakeRecord, smallConfig } from "../support/fake_record.ts";
import { printedBy } from "../support/printed.ts";

/** Three published runs; `accuracy` is what a recomputation finds, 0.75 what is published. */
async function verifying(accuracy: number, options: { sample?: number; stale?: boolean } = {}): Promise<string> {
  const folder = await Deno.makeTempDir(), digestsOf = createDigests();
  try {
    const store = await openStore(folder);
    for (const seed of [1, 2, 3]) {
      const config = { ...smallConfig, seed }, key = runKey(config, await digestsOf(config), options.stale ? "0" : undefined);
      await store.put(fakeRecord(config, key));
    }
    const parts = {
      obtain: () => Promise.resolve(),
      execute: () => (config: RunConfig, { key }: { readonly key: string }) => Promise.resolve(fakeRecord(config, key, accuracy)),
    };
    return await printedBy(() => verify({ sample: options.sample ?? 2, draw: 1, published: folder }, parts));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("verify() recomputes a sample and says that all repeat", async () => {
  const text = await verifying(0.75);
  assert.match(text, /the same/);
  assert.match(text, /\n2 of 3 published runs recomputed from nothing: all repeat\n$/);
});

Deno.test("verify() tolerates the rows that rounding moves, and no more", async () => {
  assert.match(await verifying(0.755, { sample: 3 }), /rows moved/);
  await assert.rejects(verifying(0.8), { message: /^Cannot verify as every sampled run must repeat: [0-9a-f]{8} gives another result; / });
});

Deno.test("verify() says of a record whose key the present code does not give that it is of another recipe", async () => {
  await assert.rejects(verifying(0.75, { sample: 1, stale: true }), { message: /[0-9a-f]{8} is of another recipe, data set or encoder$/ });
});

Deno.test("verify() without published records says where it looked", async () => {
  const folder = await Deno.makeTempDir();
  await assert.rejects(verify({ sample: 1, draw: 1, published: folder }), {
    message: `Cannot verify as there must be published records: ${folder} has none`,
  });
});
