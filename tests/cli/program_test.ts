import assert from "node:assert/strict";
import { run } from "../support/command.ts";

const command = (...args: string[]) => run("lib/cli/main.ts", args);

for (const name of ["reproduce", "report", "verify", "publish", "doctor", "lab"]) {
  Deno.test(`${name} --help says what it does`, async () => {
    const { code, stdout } = await command(name, "--help");
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: lowrank ${name} `));
    assert.match(stdout, /-h, --help/);
  });
}

Deno.test("an unknown option ends with 2 and one sentence", async () => {
  const { code, stderr } = await command("reproduce", "--sedes", "1");
  assert.equal(code, 2);
  assert.equal(stderr, "error: unknown option '--sedes'\n(Did you mean --seeds?)\n(--help lists the options)\n");
});

Deno.test("an unknown command ends with 2", async () => {
  const { code, stderr } = await command("reprodoce");
  assert.equal(code, 2);
  assert.match(stderr, /^error: unknown command 'reprodoce'/);
});

Deno.test("an unknown experiment, seed, profile or port is named with what is known", async () => {
  const experiment = await command("reproduce", "--only", "fig-a1,fig-z");
  assert.equal(experiment.code, 2);
  assert.match(experiment.stderr, /its id must be one of fig-a1, fig-a2, .*: fig-z/);
  const seed = await command("reproduce", "--seeds", "1,two");
  assert.match(seed.stderr, /Each seed must be a whole number from 0: two/);
  const profile = await command("report", "--profile", "fast");
  assert.match(profile.stderr, /Allowed choices are quick, standard, paper/);
  const precision = await command("reproduce", "--precision", "half");
  assert.match(precision.stderr, /Allowed choices are f32, bf16/);
  const port = await command("lab", "--port", "none");
  assert.match(port.stderr, /A port must be a whole number from 1 to 65535: none/);
  const draw = await command("verify", "--draw", "abc");
  assert.match(draw.stderr, /It must be a whole number from 0: abc/);
  const none = await command("report", "--seeds", ",");
  assert.match(none.stderr, /There must be at least one seed: ","/);
  assert.deepEqual([seed.code, profile.code, precision.code, port.code, draw.code, none.code], [2, 2, 2, 2, 2, 2]);
});

Deno.test("an experiment of the other paper than the one asked for is refused", async () => {
  const { code, stderr } = await command("report", "--paper", "b", "--only", "fig-a1");
  assert.equal(code, 1);
  assert.equal(stderr, "Cannot select fig-a1 as it must be of paper B: it is of paper A\n");
});

Deno.test("the paper profile says what it lacks and the remedy, a sentence for each model and one for each folder of data, without a stack", async () => {
  const { code, stdout, stderr } = await command("reproduce", "--profile", "paper");
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /^Cannot find google-bert\/bert-large-uncased as .*: LOWRANK_BERT_LARGE is not set\. Download .*\nCannot find FacebookAI\/roberta-large as .*: LOWRANK_ROBERTA_LARGE is not set\. Download .*\nCannot find SST-2 as .*: LOWRANK_GLUE is not set\. .*\nCannot find paper B's files of sst-2 as .*: LOWRANK_PAPER_B is not set\. .*\n$/,
  );
});

Deno.test("LOWRANK_DEBUG=1 shows the stack", async () => {
  const { stderr } = await run("lib/cli/main.ts", ["reproduce", "--profile", "paper"], { LOWRANK_DEBUG: "1" });
  assert.match(stderr, /\n {4}at /);
});
