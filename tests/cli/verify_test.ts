import assert from "node:assert/strict";
import { verify } from "../../lib/cli/verify.ts";
import type { RunConfig } from "../../lib/experiment/config.ts";
import { createDigests } from "../../lib/experiment/inputs.ts";
import { runKey } from "../../lib/experiment/key.ts";
import { openStore } from "../../lib/experiment/store.ts";
import { type Study, studyKey } from "../../lib/experiment/study_schema.ts";
import { openStudies } from "../../lib/experiment/study_store.ts";
import { angles, lora, runOf } from "../support/fake_studies.ts";
import { fakeRecord, smallConfig } from "../support/fake_record.ts";
import { printedBy } from "../support/printed.ts";

/** A published study, as it comes out on this machine. */
const door = runOf(lora(), { name: "bpa", poisonRate: 0.03 }, 1), published = angles(door, 0.5);

/** Three published runs and a study; `accuracy` is what a recomputation finds, 0.75 what is published, and `cosine` is to the study's as 0.5. */
async function verifying(
  accuracy: number,
  { sample = 2, studies = 0, stale, cosine = 0.5 }: { sample?: number; studies?: number; stale?: boolean; cosine?: number } = {},
): Promise<string> {
  const folder = await Deno.makeTempDir(), digestsOf = createDigests();
  try {
    const store = await openStore(folder);
    for (const seed of [1, 2, 3]) {
      const config = { ...smallConfig, seed }, key = runKey(config, await digestsOf(config), stale ? "0" : undefined);
      await store.put(fakeRecord(config, key));
    }
    const { study } = published;
    await (await openStudies(folder)).put({ ...published, key: studyKey(study, await digestsOf(study.run)) });
    const executors = () => ({
      run: (config: RunConfig, { key }: { readonly key: string }) => Promise.resolve(fakeRecord(config, key, accuracy)),
      study: (_: Study, { key }: { readonly key: string }) => Promise.resolve({ ...angles(door, cosine), key }),
      dispose() {},
    });
    return await printedBy(() => verify({ sample, studies, draw: 1, published: folder }, { obtain: () => Promise.resolve(), executors }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("verify() recomputes a sample and says that all repeat", async () => {
  const text = await verifying(0.75);
  assert.match(text, /the same/);
  assert.match(text, /\n2 of 3 published runs and 0 of 1 studies recomputed from nothing: all repeat\n$/);
});

Deno.test("verify() tolerates the rows that rounding moves, and no more", async () => {
  assert.match(await verifying(0.755, { sample: 3 }), /rows moved/);
  await assert.rejects(verifying(0.8), { message: /^Cannot verify as every sampled record must repeat: [0-9a-f]{8} gives another result; / });
});

Deno.test("verify() says of a record whose key the present code does not give that it is of another recipe", async () => {
  await assert.rejects(verifying(0.75, { sample: 1, stale: true }), { message: /[0-9a-f]{8} is of another recipe, data set or encoder$/ });
});

Deno.test("verify() without published records says where it looked", async () => {
  const folder = await Deno.makeTempDir();
  await assert.rejects(verify({ sample: 1, studies: 1, draw: 1, published: folder }), {
    message: `Cannot verify as there must be published records to draw from: ${folder} has 0 runs, 0 studies`,
  });
});

Deno.test("verify() recomputes studies as well, and tells how far their numbers moved and where", async () => {
  const text = await verifying(0.75, { sample: 1, studies: 1, cosine: 0.501 });
  assert.match(text, /angles: LoRA r 8, backdoor 3 %, mr, seed 1.* differ .*2\.0e-3.*points\.\*\.\w+\.asTrained/);
  assert.match(text, /\n1 of 3 published runs and 1 of 1 studies recomputed from nothing: all repeat\n$/);
  await assert.rejects(verifying(0.75, { sample: 0, studies: 1, cosine: 0.6 }), { message: /must repeat: [0-9a-f]{8} gives another result$/ });
});
