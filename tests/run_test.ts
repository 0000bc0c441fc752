import assert from "node:assert/strict";
import { run } from "./support/command.ts";
import { closingLine, countTests } from "./run.ts";

/** What Deno writes for tests of this text. */
async function junitOf(text: string): Promise<{ code: number; junit: string }> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a_test.ts`, text);
    const args = ["test", "-A", "--no-config", "--junit-path=junit.xml", "a_test.ts"];
    const { code } = await new Deno.Command(Deno.execPath(), { args, cwd: folder, stdout: "null", stderr: "null" }).output();
    return { code, junit: await Deno.readTextFile(`${folder}/junit.xml`).catch(() => "") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("countTests() counts tests, not their steps", async () => {
  const { code, junit } = await junitOf(`
    Deno.test("a() > b", () => {});
    Deno.test("fails in a step", async (t) => {
      await t.step("good", () => {});
      await t.step("bad", () => { throw new Error("<testcase>"); });
    });
    Deno.test.ignore("later", () => {});
  `);
  assert.deepEqual(countTests(junit), { passed: 1, failed: 1, skipped: 1 });
  assert.equal(closingLine(countTests(junit), code), "1 passed, 1 failed");
});

Deno.test("closingLine() counts a type error as a failure", async () => {
  const { code, junit } = await junitOf(`const n: number = "one"; Deno.test("never runs", () => console.log(n));`);
  assert.notEqual(code, 0);
  assert.equal(closingLine(countTests(junit), code), "0 passed, 1 failed");
});

Deno.test("closingLine() counts a module that throws as a failure", async () => {
  const { code, junit } = await junitOf(`throw new Error("at the top");`);
  assert.equal(closingLine(countTests(junit), code), "0 passed, 1 failed");
});

for (const task of ["test", "ok"]) {
  Deno.test(`${task} --help says what it does, and does nothing`, async () => {
    const { code, stdout, stderr } = await run(`tests/${task === "test" ? "run" : task}.ts`, ["--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, new RegExp(`^Usage: deno task ${task}`));
    assert.match(stdout, /-h, --help/);
  });
}

Deno.test("closingLine() is plain when all is well", () => {
  assert.equal(closingLine({ passed: 12, failed: 0, skipped: 0 }, 0), "12 passed, 0 failed");
});
