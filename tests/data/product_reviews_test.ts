import assert from "node:assert/strict";
import { loadDataset } from "../../lib/data/load.ts";
import { readProductReviews } from "../../lib/data/product_reviews.ts";

const header = "id\tsentiment\ttext";

async function fileOf(lines: readonly string[]): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempFile({ suffix: ".tsv" });
  await Deno.writeTextFile(path, lines.join("\r\n"));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}

Deno.test("readProductReviews() labels by the sign of the mean rating and leaves out what is near 0", async () => {
  await using file = await fileOf([header, "1_1\t2.5\tthe lens is sharp", "1_2\t-1\tit has a lens", "1_3\t-1.05\tthe strap broke "]);
  assert.deepEqual(readProductReviews(file.path), [
    { id: 0, text: "the lens is sharp", label: 1 },
    { id: 2, text: "the strap broke", label: 0 },
  ]);
});

Deno.test("readProductReviews() says what was expected and what came", async () => {
  const rejects = async (lines: readonly string[], end: string) => {
    await using file = await fileOf(lines);
    assert.throws(() => readProductReviews(file.path), (error: Error) => error instanceof TypeError && error.message.endsWith(end));
  };
  await rejects(["id\ttext"], "must have columns sentiment, text: id, text");
  await rejects([header, "1_1\tgood\tfine"], "as a rating must be a number: good in row 0");
  await rejects([header, "1_1\t2\t "], "as a text must not be empty: row 0");
});

Deno.test("loadDataset() has the rated product reviews", async () => {
  const { examples, classes, digest } = await loadDataset("product-reviews");
  assert.equal(examples.length, 2383);
  assert.equal(examples.filter(({ label }) => label === 1).length, 1486);
  assert.deepEqual(classes, ["negative", "positive"]);
  assert.match(digest, /^[0-9a-f]{64}$/);
});
