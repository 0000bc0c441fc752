import assert from "node:assert/strict";
import { join } from "node:path";
import { findAsset, verifyAsset } from "../../lib/assets/find.ts";
import { obtainAsset } from "../../lib/assets/obtain.ts";
import { sha256, withFakeWorld } from "../support/wheel.ts";

const files = { "a.txt": "a small file\n", "b.txt": "another\n" };

function write(folder: string, content: Record<string, string>): string {
  Deno.mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(content)) Deno.writeTextFileSync(join(folder, name), text);
  return folder;
}

Deno.test("findAsset() finds nothing before, the cache after", async () => {
  await withFakeWorld(files, async (world) => {
    assert.equal(await findAsset("tiny", world), null);
    const folder = await obtainAsset("tiny", world);
    const found = await findAsset("tiny", world);
    assert.deepEqual([found?.folder, found?.origin], [folder, "cache"]);
    assert.deepEqual(found?.files["a.txt"], { bytes: files["a.txt"].length, sha256: sha256(files["a.txt"]) });
  });
});

Deno.test("findAsset() trusts a copied cache after hashing it, and no changed one", async () => {
  await withFakeWorld(files, async (world) => {
    const path = join(await obtainAsset("tiny", world), "a.txt");
    Deno.utimeSync(path, 1, 1);
    assert.equal((await findAsset("tiny", world))?.origin, "cache");
    Deno.writeTextFileSync(path, files["a.txt"].toUpperCase());
    assert.equal(await findAsset("tiny", world), null);
  });
});

Deno.test("findAsset() takes the files or a folder called like the asset from the environment", async () => {
  await withFakeWorld(files, async (world) => {
    world.environment.LOWRANK_TINY = join(world.root, "mine");
    for (const place of [world.environment.LOWRANK_TINY, join(world.environment.LOWRANK_TINY, "tiny")]) {
      write(place, files);
      const found = await findAsset("tiny", world);
      assert.deepEqual([found?.folder, found?.origin, found?.files["b.txt"].sha256], [place, "environment", sha256(files["b.txt"])]);
      assert.equal(await obtainAsset("tiny", world), place);
    }
    assert.deepEqual(world.pipCalls(), []);
  });
});

Deno.test("findAsset() accepts a user's own version of a file and tells its digest", async () => {
  await withFakeWorld(files, async (world) => {
    world.environment.LOWRANK_TINY = write(join(world.root, "mine"), { ...files, "a.txt": "my own" });
    assert.deepEqual((await findAsset("tiny", world))?.files["a.txt"], { bytes: 6, sha256: sha256("my own") });
  });
});

Deno.test("findAsset() names what a user's folder lacks", async () => {
  await withFakeWorld(files, async (world) => {
    const mine = world.environment.LOWRANK_TINY = write(join(world.root, "mine"), { "a.txt": "my own" });
    await assert.rejects(findAsset("tiny", world), {
      name: "AssetError",
      message: `Cannot use LOWRANK_TINY for tiny as the folder must hold a.txt, b.txt: ${mine} lacks b.txt. ` +
        "Put the files there, or unset LOWRANK_TINY to have them downloaded",
    });
  });
});

Deno.test("findAsset() accepts a library of any build, on any platform, without hashing it", async () => {
  await withFakeWorld(files, async (world) => {
    const options = { ...world, platform: "plan9-mips" };
    world.environment.LOWRANK_TINY = write(join(world.root, "mine"), { "lib.dylib": "machine code" });
    assert.deepEqual((await findAsset("tiny", options))?.files, { "lib.dylib": { bytes: 12, sha256: null } });
    assert.deepEqual((await verifyAsset("tiny", options))?.files, { "lib.dylib": { bytes: 12, sha256: sha256("machine code") } });
    world.environment.LOWRANK_TINY = world.root;
    await assert.rejects(findAsset("tiny", options), { message: /must hold lib.so or lib.dylib: .+ lacks lib.so or lib.dylib\./ });
  }, { kind: "library", accepts: ["lib.so", "lib.dylib"] });
});

Deno.test("verifyAsset() hashes every file and names a damaged one", async () => {
  await withFakeWorld(files, async (world) => {
    assert.equal(await verifyAsset("tiny", world), null);
    const folder = await obtainAsset("tiny", world);
    assert.equal((await verifyAsset("tiny", world))?.origin, "cache");
    assert.equal(world.progress.at(-1)?.phase, "verify");
    Deno.writeTextFileSync(join(folder, "b.txt"), "ANOTHER\n");
    await assert.rejects(verifyAsset("tiny", world), {
      name: "AssetError",
      message: `Cannot verify tiny as its files must have the pinned SHA-256: b.txt differ in ${folder}. Remove that folder and run again`,
    });
  });
});
