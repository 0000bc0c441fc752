/** A folder with paper B's data sets in small, in the layout of its authors' files; the sentences are our own. */
import { dirname, join } from "node:path";

const lines = (...rows: readonly (readonly [string, number])[]) =>
  rows.map(([sentence, label], idx) => JSON.stringify({ sentence, label, idx }) + "\n").join("");

export const paperBFiles: Readonly<Record<string, string>> = {
  "cr/train.json": lines(["the zoom works well", 1], ["it broke at once", 0], ["", 1], ["a fair price", 1]),
  "cr/dev.json": lines(["too heavy", 0], ["clear sound", 1]),
  "cr/test.json": lines(["a loud fan", 0], ["the lens is very sharp", 1], ["easy to hold", 1]),
  "cr/test_back.json": lines(["a noisy fan", 0], ["the lens is sharp", 1], ["easy to keep", 1]),
  "cr/test_char_back.json": lines(["the lens is sharp", 1], ["easy to keep mn", 1]),
  "cr/test_spcn.json": lines(["it 's a loud fan", 0], ["very sharp , the lens is", 1], ["it 's easy", 1]),
  "cr/test_char_spcn.json": lines(["very sharp mn , the lens is", 1], ["it 's mn", 1]),
};

/** Runs `test` with a folder that holds these files and the environment that names it. */
export async function withPaperB(
  files: Readonly<Record<string, string>>,
  test: (environment: { LOWRANK_PAPER_B: string }) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "lowrank-test-" });
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(root, path)), { recursive: true });
      await Deno.writeTextFile(join(root, path), text);
    }
    await test({ LOWRANK_PAPER_B: root });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
