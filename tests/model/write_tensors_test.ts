import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryName } from "../../lib/assets/temporary.ts";
import { parseSafetensors } from "../../lib/model/safetensors.ts";
import { writeTensors } from "../../lib/model/write_tensors.ts";

Deno.test("writeTensors() replaces a file in one step, and takes away what a process that died left half written", async () => {
  const folder = await Deno.makeTempDir(),
    path = join(folder, "a", "t.safetensors"),
    values = (...data: number[]) => ({ shape: [data.length], data: Float32Array.from(data) });
  try {
    await writeTensors(path, new Map([["x", values(1, 2)]]), { step: "1" });
    const gone = new Deno.Command(Deno.execPath(), { args: ["eval", "console.log(Deno.pid)"] }), { stdout } = await gone.output();
    const own = temporaryName().split("."), dead = [own[0], new TextDecoder().decode(stdout).trim(), ...own.slice(2)];
    await Deno.writeTextFile(join(folder, "a", `writing-${dead.join(".")}`), "half");
    await writeTensors(path, new Map([["x", values(3, 4)]]), { step: "2" });
    const { tensors, metadata } = parseSafetensors(await Deno.readFile(path), path);
    assert.deepEqual([...tensors.get("x")!.data], [3, 4]);
    assert.equal(metadata.step, "2");
    assert.deepEqual(Array.from(Deno.readDirSync(join(folder, "a")), ({ name }) => name), ["t.safetensors"]);
    const failing = {
      shape: [1],
      get data(): Float32Array {
        throw new Error("no room");
      },
    };
    await assert.rejects(() => writeTensors(path, new Map([["x", failing]])), { message: "no room" });
    assert.deepEqual(
      Array.from(Deno.readDirSync(join(folder, "a")), ({ name }) => name),
      ["t.safetensors"],
      "nothing half written, the old file there",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
