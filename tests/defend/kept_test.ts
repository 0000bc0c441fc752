import assert from "node:assert/strict";
import { join } from "node:path";
import type { Defender } from "../../lib/defend/defender.ts";
import { keptDefender } from "../../lib/defend/kept.ts";

const settings = { name: "back-translation", pivot: "pt" } as const;

/** Writes texts in capitals and remembers which; fails at a text that says so. */
function capitals(component = "capitals 1"): Defender & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    component,
    purify(texts, onProgress) {
      for (const [row, text] of texts.entries()) {
        if (text === "killed here") throw new Error("killed");
        asked.push(text);
        onProgress?.({ done: row + 1, total: texts.length });
      }
      return Promise.resolve(texts.map((text) => text.toUpperCase()));
    },
    dispose() {},
  };
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "lowrank-test-" });
  try {
    await test(join(folder, "purified"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("keptDefender() purifies a text once, also for the next process", async () => {
  await withFolder(async (folder) => {
    const first = capitals(), steps: unknown[] = [];
    assert.deepEqual(await keptDefender(first, folder, settings).purify(["one", "two", "one"]), ["ONE", "TWO", "ONE"]);
    assert.deepEqual(first.asked, ["one", "two"]);
    const second = capitals(), kept = keptDefender(second, folder, settings);
    assert.deepEqual(await kept.purify(["two", "three", "two", "four"], (step) => steps.push(step)), ["TWO", "THREE", "TWO", "FOUR"]);
    assert.deepEqual(second.asked, ["three", "four"]);
    assert.deepEqual(steps, [{ done: 3, total: 4 }, { done: 4, total: 4 }]);
    const { texts, seconds } = await kept.cost();
    assert.deepEqual([texts, seconds > 0, kept.component], [4, true, "capitals 1"]);
  });
});

Deno.test("keptDefender() keeps apart what another setting or component made", async () => {
  await withFolder(async (folder) => {
    await keptDefender(capitals(), folder, settings).purify(["one"]);
    const other = capitals("capitals 2"), onion = capitals();
    await keptDefender(other, folder, settings).purify(["one"]);
    await keptDefender(onion, folder, { name: "onion", bar: 10, reference: "whole" }).purify(["one"]);
    await keptDefender(onion, folder, { name: "onion", bar: 20, reference: "whole" }).purify(["one"]);
    assert.deepEqual([other.asked, onion.asked], [["one"], ["one", "one"]]);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name.replace(/[0-9a-f]{16}/, "KEY")).sort();
    assert.deepEqual(names, ["back-translation-KEY.json", "back-translation-KEY.json", "onion-KEY.json", "onion-KEY.json"]);
  });
});

Deno.test("keptDefender() keeps what was done when its process is killed, and starts anew on a file that cannot be read", async () => {
  await withFolder(async (folder) => {
    const texts = Array.from({ length: 40 }, (_, row) => row === 35 ? "killed here" : `text ${row}`);
    await assert.rejects(keptDefender(capitals(), folder, settings).purify(texts), { message: "killed" });
    const again = capitals();
    await keptDefender(again, folder, settings).purify(texts.slice(0, 35));
    assert.deepEqual(again.asked, ["text 32", "text 33", "text 34"]);

    const [{ name }] = Deno.readDirSync(folder);
    Deno.writeTextFileSync(join(folder, name), '{"texts": {"');
    const anew = capitals();
    assert.deepEqual(await keptDefender(anew, folder, settings).purify(["text 0"]), ["TEXT 0"]);
    assert.deepEqual(anew.asked, ["text 0"]);
    assert.deepEqual([...Deno.readDirSync(folder)].map((file) => file.name), [name]);
  });
});

Deno.test("keptDefender() keeps what several processes find out at the same time", async () => {
  await withFolder(async (folder) => {
    const rows = (name: string) => Array.from({ length: 70 }, (_, row) => `${name} ${row}`);
    const [one, two] = [keptDefender(capitals(), folder, settings), keptDefender(capitals(), folder, settings)];
    assert.deepEqual(await Promise.all([one.purify(rows("a")), two.purify(rows("b"))]), [rows("A"), rows("B")]);
  });
});
