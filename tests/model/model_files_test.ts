import assert from "node:assert/strict";
import { join } from "node:path";
import { digestModel, findModel } from "../../lib/model/model_files.ts";

const model = { hub: "some/encoder", variable: "SOME_ENCODER" };
const remedy =
  "Download config.json, model.safetensors and tokenizer.json (or vocab.txt) of some/encoder from the model hub into a folder, and set " +
  "SOME_ENCODER to that folder";

async function withFiles(names: readonly string[], test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of names) await Deno.writeTextFile(join(folder, name), name);
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("findModel() takes tokenizer.json, and vocab.txt where there is none", async () => {
  const files = async (folder: string) => (await findModel(model, { SOME_ENCODER: folder })).files;
  await withFiles(["config.json", "model.safetensors", "tokenizer.json", "vocab.txt", "README.md"], async (folder) => {
    assert.deepEqual(await files(folder), ["config.json", "model.safetensors", "tokenizer.json"]);
  });
  await withFiles(["config.json", "model.safetensors", "vocab.txt"], async (folder) => {
    assert.deepEqual(await files(folder), ["config.json", "model.safetensors", "vocab.txt"]);
  });
});

Deno.test("findModel() says what must be where", async () => {
  const rejects = (environment: Record<string, string>, message: string) =>
    assert.rejects(findModel(model, environment), { name: "AssetError", message: `Cannot find some/encoder as ${message}. ${remedy}` });
  await rejects({}, "it must be in a folder of yours: SOME_ENCODER is not set");
  await rejects({ SOME_ENCODER: "/nowhere" }, "SOME_ENCODER must name a folder: /nowhere is none");
  await withFiles(["config.json", "pytorch_model.bin"], async (folder) => {
    await rejects({ SOME_ENCODER: folder }, `${folder} must hold model.safetensors and tokenizer.json: it does not`);
  });
});

Deno.test("digestModel() changes with the content of a file that is read, and with no other", async () => {
  await withFiles(["config.json", "model.safetensors", "tokenizer.json", "vocab.txt"], async (folder) => {
    const digest = async () => await digestModel(await findModel(model, { SOME_ENCODER: folder })), first = await digest();
    assert.match(first, /^[0-9a-f]{64}$/);
    await Deno.writeTextFile(join(folder, "vocab.txt"), "other");
    assert.equal(await digest(), first);
    await Deno.writeTextFile(join(folder, "config.json"), "other");
    assert.notEqual(await digest(), first);
  });
});
