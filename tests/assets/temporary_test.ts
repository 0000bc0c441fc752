import assert from "node:assert/strict";
import { join } from "node:path";
import { removeStale, temporaryName } from "../../lib/assets/temporary.ts";

Deno.test("removeStale() removes what is left of processes that are gone, and nothing without the prefix", async () => {
  const folder = await Deno.makeTempDir(), own = temporaryName(), [host, pid] = own.split(".");
  const reused = `${host}.${pid}.another-start.x`; // this process's number, once another one's: containers reuse them
  const fresh = "another-host.1.x.x", old = "another-host.2.x.x";
  for (const name of [own, reused, fresh, old]) {
    await Deno.mkdir(join(folder, `tmp.${name}`, "inside"), { recursive: true });
    await Deno.writeTextFile(join(folder, name), "");
  }
  await Deno.utime(join(folder, `tmp.${old}`), 0, 0);
  await removeStale(folder, "tmp.");
  const left = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
  assert.deepEqual(left, [own, reused, fresh, old, `tmp.${own}`, `tmp.${fresh}`].sort());
  await removeStale(join(folder, "nowhere"));
  await Deno.remove(folder, { recursive: true });
});
