/** Splits a data set into parts that share no text, balanced by class, so that the parts of small and large profiles nest. */
import type { Rng } from "../math/random.ts";
import type { Dataset, Example, Split } from "./dataset.ts";
import { numpyPermutation } from "./numpy_permutation.ts";

export interface SplitSizes {
  readonly trainRows: number;
  readonly validationRows: number;
  readonly testRows: number;
}

/** Paper A's released code shuffles every part of GLUE with this seed. */
const paperSeed = 20240723;

/**
 * Draws the three parts; a data set with parts of its own is split as its paper does (`splitPublished`, `splitGiven`). Each class is put into a
 * random order of its own; test takes its even places, validation its odd places, both from the front, and train comes from the back. So asking
 * for more rows of a part only adds rows to it, and while the parts do not meet, none depends on the others' sizes. Test and validation have
 * equally many rows of each class (the first classes get one more where the number does not divide), train as nearly as the rows allow. Rows with
 * the same text stay together: two parts never share one.
 */
export function splitDataset(dataset: Dataset, { trainRows, validationRows, testRows }: SplitSizes, rng: Rng): Split {
  if (dataset.heldOut && dataset.validation) return splitGiven(dataset, { trainRows, validationRows, testRows });
  if (dataset.heldOut) return splitPublished(dataset, dataset.heldOut, { trainRows, validationRows, testRows });
  const orders = dataset.classes.map((name, label) => groupByText(dataset.examples, label, rng.fork(name)));
  const taken = new Set<string>();
  const take = (part: string, rows: number, arrange: (groups: Example[][]) => Example[][], balanced: boolean) => {
    checkRows(dataset, part, rows);
    const free = orders.map((groups) => arrange(groups).flat().filter((example) => !taken.has(example.text)));
    const most = balanced ? balancedRows(free) : free.reduce((sum, examples) => sum + examples.length, 0);
    if (rows > most) {
      const condition = balanced ? ", equally many of each class" : "";
      throw new RangeError(`Cannot split ${dataset.name} as at most ${most} of its rows are left for ${part}${condition}: ${rows} asked for`);
    }
    const examples = inTurn(free).slice(0, rows);
    for (const { text } of examples) taken.add(text);
    return examples;
  };
  const test = take("test", testRows, (groups) => [...places(groups, 0), ...places(groups, 1)], true);
  const validation = take("validation", validationRows, (groups) => [...places(groups, 1), ...places(groups, 0)], true);
  const train = take("train", trainRows, (groups) => groups.toReversed(), false);
  return { train, validation, test };
}

/**
 * Paper A's parts of a GLUE task: the first rows of its shuffled training part, and of its shuffled held-out part, which the paper tests on.
 * The paper has no validation rows: they come from the back of the training part. Neither balanced nor cleared of texts that recur.
 */
function splitPublished(dataset: Dataset, heldOut: readonly Example[], { trainRows, validationRows, testRows }: SplitSizes): Split {
  const shuffled = (examples: readonly Example[]) => Array.from(numpyPermutation(paperSeed, examples.length), (row) => examples[row]);
  const order = shuffled(dataset.examples), train = first(dataset, "train", order, trainRows);
  return {
    train,
    validation: first(dataset, "validation", order.slice(trainRows).reverse(), validationRows),
    test: first(dataset, "test", shuffled(heldOut), testRows),
  };
}

/** Paper B's parts: the first rows of each in the order of its file, by which the paper's released code poisons too. */
function splitGiven(dataset: Dataset, { trainRows, validationRows, testRows }: SplitSizes): Split {
  return {
    train: first(dataset, "train", dataset.examples, trainRows),
    validation: first(dataset, "validation", dataset.validation!, validationRows),
    test: first(dataset, "test", dataset.heldOut!, testRows),
  };
}

function first(dataset: Dataset, part: string, examples: readonly Example[], rows: number): readonly Example[] {
  checkRows(dataset, part, rows);
  if (rows <= examples.length) return examples.slice(0, rows);
  throw new RangeError(`Cannot split ${dataset.name} as at most ${examples.length} of its rows are left for ${part}: ${rows} asked for`);
}

function checkRows({ name }: Dataset, part: string, rows: number): void {
  if (Number.isInteger(rows) && rows >= 0) return;
  throw new RangeError(`Cannot split ${name} as ${part} rows must be a whole number, 0 or more: ${rows}`);
}

/** The rows of one class, identical texts together, the groups in random order. */
function groupByText(examples: readonly Example[], label: number, rng: Rng): Example[][] {
  const groups = Map.groupBy(examples.filter((example) => example.label === label), (example) => example.text);
  return rng.shuffle([...groups.values()]);
}

/** Every second group: the even places (0) or the odd ones (1). */
function places(groups: Example[][], parity: 0 | 1): Example[][] {
  return groups.filter((_, index) => index % 2 === parity);
}

/** One row of each class in turn; a class that has run out is passed over. */
function inTurn(classes: readonly Example[][]): Example[] {
  const longest = Math.max(0, ...classes.map((examples) => examples.length));
  return Array.from({ length: longest }, (_, turn) => classes.flatMap((examples) => examples.slice(turn, turn + 1))).flat();
}

/** The largest number of rows that can be taken in turn before a class has run out. */
function balancedRows(classes: readonly Example[][]): number {
  const fewest = Math.min(...classes.map((examples) => examples.length));
  const firstShort = classes.findIndex((examples) => examples.length === fewest);
  return classes.length * fewest + firstShort;
}
