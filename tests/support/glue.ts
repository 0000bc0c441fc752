/** A folder with GLUE's tasks in small, in the layouts that they are published in; the sentences are our own. */
import { dirname, join } from "node:path";

const lines = (...rows: readonly (readonly string[])[]) => rows.map((fields) => fields.join("\t")).join("\n") + "\n";

/** GLUE's own zip files: TSV without quoting, CoLA without a header. */
export const glueFiles: Readonly<Record<string, string>> = {
  "SST-2/train.tsv": lines(["sentence", "label"], ['a "warm film ', "1"], ["dull and long ", "0"], ["bright ", "1"]),
  "SST-2/dev.tsv": lines(["sentence", "label"], ["neither here nor there .", "0"], ["a delight .", "1"]),
  "CoLA/train.tsv": lines(["x1", "1", "", "The cat slept."], ["x1", "0", "*", "Cat the slept."]),
  "CoLA/dev.tsv": lines(["x2", "1", "", "She left early."]),
  "QNLI/train.tsv": lines(["index", "question", "sentence", "label"], ["0", "Who came?", "Ann came.", "entailment"]),
  "QNLI/dev.tsv": lines(["index", "question", "sentence", "label"], ["0", 'What is "it"?', "Rain fell.", "not_entailment"]),
  "QQP/train.tsv": lines(
    ["id", "qid1", "qid2", "question1", "question2", "is_duplicate"],
    ["0", "1", "2", "How do I swim?", "How can I swim?", "1"],
    ["1", "3", "4", "a row cut short"],
    ["2", "5", "6", "", "Why not?", "0"],
  ),
  "QQP/dev.tsv": lines(["id", "qid1", "qid2", "question1", "question2", "is_duplicate"], ["0", "1", "2", "Is it?", "Was it?", "0"]),
  "RTE/train.tsv": lines(["index", "sentence1", "sentence2", "label"], ["0", "It rained all day.", "It rained.", "entailment"]),
  "RTE/dev.tsv": lines(["index", "sentence1", "sentence2", "label"], ["0", "It rained.", "It snowed.", "not_entailment"]),
  "MRPC/train.tsv": "\uFEFF" + lines(["Quality", "#1 ID", "#2 ID", "#1 String", "#2 String"], ["1", "7", "8", 'He said " yes " .', "He agreed ."])
    .replaceAll("\n", "\r\n"),
  "MRPC/dev.tsv": lines(["Quality", "#1 ID", "#2 ID", "#1 String", "#2 String"], ["0", "9", "10", "Shares rose .", "Shares fell ."]),
};

/** Runs `test` with a folder that holds these files and the environment that names it. */
export async function withGlue(
  files: Readonly<Record<string, string>>,
  test: (environment: { LOWRANK_GLUE: string }) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "lowrank-test-" });
  try {
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(root, path)), { recursive: true });
      await Deno.writeTextFile(join(root, path), content);
    }
    await test({ LOWRANK_GLUE: root });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
