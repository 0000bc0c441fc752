import assert from "node:assert/strict";
import { join } from "node:path";
import type { Defender } from "../../lib/defend/defender.ts";
import { purify } from "../../lib/defend/kept.ts";

interface Watched extends Defender {
  readonly asked: string[];
  /** How often it was loaded, and disposed of. */
  readonly times: { loaded: number; disposed: number };
}

/** Writes texts in capitals and remembers which; fails at a text that says so. `ending` is a setting that its answers do not depend on. */
function capitals({ component = "capitals 1", ending = "" } = {}): Watched {
  const asked: string[] = [], times = { loaded: 0, disposed: 0 };
  return {
    asked,
    times,
    component,
    settings: { name: "capitals" },
    load() {
      times.loaded++;
      return Promise.resolve({
        ask(texts, onProgress) {
          for (const [row, text] of texts.entries()) {
            if (text === "killed here") throw new Error("killed");
            asked.push(text);
            onProgress?.({ done: row + 1, total: texts.length });
          }
          return Promise.resolve(texts.map((text) => text.toUpperCase()));
        },
        dispose: () => void times.disposed++,
      });
    },
    purified: (_, answer) => answer + ending,
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

const textsOf = async (...args: Parameters<typeof purify>) => (await purify(...args)).texts;

Deno.test("purify() asks about a text once, also for the next process, and says what answered and how long it takes", async () => {
  await withFolder(async (folder) => {
    const first = capitals(), steps: unknown[] = [];
    assert.deepEqual(await textsOf(first, folder, ["one", "two", "one"]), ["ONE", "TWO", "ONE"]);
    assert.deepEqual([first.asked, first.times], [["one", "two"], { loaded: 1, disposed: 1 }]);
    const second = capitals();
    const found = await purify(second, folder, ["two", "three", "two", "four"], (step) => steps.push(step));
    assert.deepEqual(found.texts, ["TWO", "THREE", "TWO", "FOUR"]);
    assert.deepEqual(second.asked, ["three", "four"]);
    assert.deepEqual(steps, [{ done: 3, total: 4 }, { done: 4, total: 4 }]);
    assert.equal(found.component, "capitals 1");
    assert.ok(found.secondsPerText > 0 && found.secondsPerText < 1, `${found.secondsPerText}`);
  });
});

Deno.test("purify() loads nothing where every answer is kept, whatever is made of them", async () => {
  await withFolder(async (folder) => {
    const { secondsPerText } = await purify(capitals(), folder, ["one", "two"]), other = capitals({ ending: "!" });
    assert.deepEqual(await purify(other, folder, ["two"]), { texts: ["TWO!"], component: "capitals 1", secondsPerText });
    assert.deepEqual(other.times, { loaded: 0, disposed: 0 });
    assert.deepEqual(await purify(capitals({ component: "idle" }), folder, []), { texts: [], component: "idle", secondsPerText: 0 });
  });
});

Deno.test("purify() keeps apart what another setting or component answered", async () => {
  await withFolder(async (folder) => {
    const other = capitals({ component: "capitals 2" }), set = { ...capitals(), settings: { name: "letters", pivot: "pt" } };
    for (const defender of [capitals(), other, set]) await purify(defender, folder, ["one"]);
    assert.deepEqual([other.asked, set.asked], [["one"], ["one"]]);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name.replace(/[0-9a-f]{16}/, "KEY")).sort();
    assert.deepEqual(names, ["capitals-KEY.json", "capitals-KEY.json", "letters-KEY.json"]);
  });
});

Deno.test("purify() keeps what was done when its process is killed, and starts anew on a file that cannot be read", async () => {
  await withFolder(async (folder) => {
    const texts = Array.from({ length: 40 }, (_, row) => row === 35 ? "killed here" : `text ${row}`), killed = capitals();
    await assert.rejects(purify(killed, folder, texts), { message: "killed" });
    assert.equal(killed.times.disposed, 1);
    const again = capitals();
    await purify(again, folder, texts.slice(0, 35));
    assert.deepEqual(again.asked, ["text 32", "text 33", "text 34"]);

    const [{ name }] = Deno.readDirSync(folder);
    for (const broken of ['{"answers": {"', '{"texts": {}, "seconds": 1}']) {
      Deno.writeTextFileSync(join(folder, name), broken);
      const anew = capitals();
      assert.deepEqual(await textsOf(anew, folder, ["text 0"]), ["TEXT 0"]);
      assert.deepEqual(anew.asked, ["text 0"]);
      assert.deepEqual([...Deno.readDirSync(folder)].map((file) => file.name), [name]);
    }
  });
});

Deno.test("purify() keeps what several processes find out at the same time", async () => {
  await withFolder(async (folder) => {
    const rows = (name: string) => Array.from({ length: 70 }, (_, row) => `${name} ${row}`);
    const both = await Promise.all([textsOf(capitals(), folder, rows("a")), textsOf(capitals(), folder, rows("b"))]);
    assert.deepEqual(both, [rows("A"), rows("B")]);
  });
});
