import assert from "node:assert/strict";
import { join } from "node:path";
import { claims } from "../../lib/cli/claims.ts";
import { ExitError } from "../../lib/cli/errors.ts";
import { theoryAt } from "../../lib/cli/theory.ts";
import { readTheory, theoryStamp, theoryText } from "../../lib/claims/kept_theory.ts";
import { ledger, type LedgerRow, verdictText } from "../../lib/claims/ledger.ts";
import { ledgerOf } from "../../lib/claims/ledger_of.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { selectExperiments } from "../../lib/experiment/experiments.ts";
import { createDigests } from "../../lib/experiment/inputs.ts";
import { openStore } from "../../lib/experiment/store.ts";
import { planSweep } from "../../lib/experiment/sweep.ts";
import { equals, type TheoremCell } from "../../lib/theory/check.ts";
import { run } from "../support/command.ts";
import { fakeRecord } from "../support/fake_record.ts";
import { printedBy } from "../support/printed.ts";

/** Runs `claims` over empty stores; returns what it printed and how it ended. */
async function printed(options: Partial<Parameters<typeof claims>[0]>, theory: readonly TheoremCell[] = []) {
  const folder = await Deno.makeTempDir();
  let code = 0, message = "";
  const command = async () => {
    try {
      await claims({ profile: "quick", outputs: join(folder, "own"), ...options }, { published: join(folder, "published"), theory });
    } catch (error) {
      if (!(error instanceof ExitError)) throw error;
      [code, message] = [error.code, error.message];
    }
  };
  try {
    const text = await printedBy(command);
    return { code, message, text };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const cell: TheoremCell = {
  id: "A-8",
  title: "t",
  statement: "s",
  steps: [{ form: "shared", line: "l", checks: [equals([0.5, NaN, Infinity], [0.5, 1, 2], { what: "w", claims: ["A-2.4-1"] })] }],
};

Deno.test("claims() ends with 1 and names the claims without a verdict", async () => {
  const { code, message, text } = await printed({ paper: "a", section: "4.3" });
  assert.equal(code, 1);
  assert.match(message, /^No verdict yet: A-4\.3-1, /);
  assert.doesNotMatch(message, /A-4\.3-5|A-4\.3-6|A-4\.4/, "what needs the paper's scale is no gap");
  assert.match(text, /8 claims: 3 untestable here, 5 not run yet/);
});

Deno.test("claims() ends well where every claim shown has a verdict, or says why it never will here", async () => {
  const { code, text } = await printed({ only: ["A-4.1-2", "A-1-1", "A-E.3-1"] });
  assert.equal(code, 0);
  assert.match(text, /A-4\.1-2 \(Settings, tier 3\): .*\n {2}verdict: not reproduced\n {2}effect: 7 of 320 runs/);
  assert.match(text, /verdict: not run yet \(later edition\)/);
  assert.match(text, /3 claims: 1 not reproduced, 1 untestable here, 1 not run yet/);
});

Deno.test("claims() shows a tier, and writes its rows as JSON", async () => {
  const folder = await Deno.makeTempDir(), json = join(folder, "rows.json");
  try {
    await printed({ paper: "a", section: "4.1", tier: 3, json });
    const rows = JSON.parse(await Deno.readTextFile(json)) as LedgerRow[];
    assert.deepEqual(rows.map(({ id }) => id), ["A-4.1-1", "A-4.1-2", "A-4.1-3", "A-4.1-4"]);
    assert.deepEqual(Object.keys(rows[0]).sort(), Object.keys(ledger({ records: [], theory: [], profile: "quick" })[0]).sort());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("claims() shows both papers unless one is named, and counts each", async () => {
  const { text } = await printed({ section: "6.1" });
  assert.match(text, /B-6\.1-1 /);
  const both = await printed({ section: "3.1" }), whole = await printed({ tier: 1 });
  assert.doesNotMatch(both.text, /Paper A/, "one paper has that section");
  assert.match(whole.text, /\nPaper A: 27 claims: .*\nPaper B: 22 claims: /);
  await assert.rejects(() => printed({ paper: "b", only: ["A-0-1"] }), { message: /its id must be one of B-0-1 \.\.\. B-A\.3-6: A-0-1$/ });
});

Deno.test("claims() says which claims and sections there are", async () => {
  await assert.rejects(() => printed({ only: ["A-9-9"] }), { message: "Cannot show a claim as its id must be one of A-0-1 ... B-A.3-6: A-9-9" });
  await assert.rejects(() => printed({ section: "9" }), /the section must be one of Abstract, 1, 2\.2, .*: 9$/);
  await assert.rejects(() => printed({ paper: "a", section: "3.1", only: ["A-0-1"] }), {
    message: /^Cannot show claims as the options must leave some: section 3\.1 has tier [123, ]+; asked for was tier any, and the id A-0-1$/,
  });
});

Deno.test("ledgerOf() takes the records of all experiments of a profile, at the profile's learning rates", async () => {
  const folder = await Deno.makeTempDir(), profile = profileNamed("quick");
  try {
    const store = await openStore(folder), [{ configs }] = selectExperiments(["fig-a1"]);
    const runs = await planSweep(configs(profile), createDigests());
    for (const { key, config } of runs) await store.put(fakeRecord(config, key, config.method.name === "full" ? 0.8 : 0.7));
    const row = (await ledgerOf({ profile, source: store, theory: [] })).find(({ id }) => id === "A-4.3-1")!;
    assert.equal(row.keys.length, runs.length - profile.seeds.length * 2 * profile.tasks.length, "clean runs are no cells");
    assert.equal(row.provisional, true);
    assert.equal(verdictText(row), `${row.verdict} (provisional)`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("theoryAt() keeps cells for a state of the code, numbers that JSON lacks included", async () => {
  const folder = await Deno.makeTempDir(), stamp = await theoryStamp(), path = join(folder, "theory.json");
  try {
    assert.match(stamp, /^[0-9a-f]{64}$/);
    assert.deepEqual(await theoryAt({ outputs: folder, compute: false, published: folder }), []);
    await Deno.writeTextFile(path, theoryText(stamp, [cell]));
    assert.deepEqual(await theoryAt({ outputs: folder, compute: true }), [cell]);
    assert.equal(await readTheory(path, "another"), null);
    await Deno.writeTextFile(path, "{");
    assert.equal(await readTheory(path, stamp), null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("claims --help says what it does, and a wrong tier ends with 2", async () => {
  const { code, stdout } = await run("lib/cli/main.ts", ["claims", "--help"]);
  assert.equal(code, 0);
  assert.match(stdout, /^Usage: lowrank claims [\s\S]*exit\s+code\s+1 if a claim has none/);
  assert.equal((await run("lib/cli/main.ts", ["claims", "--tier", "4"])).code, 2);
});
