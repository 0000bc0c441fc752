/**
 * Sequences that begin alike, packed into rows so that what they have in common is read once. Leaving words out of a text one by one gives
 * such sequences: each reads as the whole text (the trunk) up to its gap, and only behind it by itself (a branch).
 */

/** Token ids of a trunk, then of its branches. */
export type Tree = readonly Int32Array[];

/** One row: what model/llama.ts calls by the same names, and where each answer belongs. */
export interface PackedRow {
  readonly ids: number[];
  readonly positions: number[];
  readonly ownStart: number[];
  readonly sharedStart: number[];
  readonly sharedEnd: number[];
  readonly questions: Question[];
}

/** The log-probability of token `at` of sequence `sequence` of tree `tree`, read off in column `asked`. */
export interface Question {
  readonly asked: number;
  readonly target: number;
  readonly tree: number;
  readonly sequence: number;
  readonly at: number;
}

/** A row of t tokens answers a few more questions than that: the first token of each branch is asked of the trunk. */
export const questionsIn = (rowLength: number) => rowLength * 9 / 8;

/** How many tokens the trunk and a branch have in common, so that the trunk's prediction of the next one is at hand. */
export function sharedLength(trunk: Int32Array, branch: Int32Array): number {
  const most = Math.min(branch.length, trunk.length - 1);
  let length = 0;
  while (length < most && branch[length] === trunk[length]) length++;
  return Math.max(0, length);
}

/** The tokens that a tree needs in one row at least: a sequence's last token is only asked for, never read. */
export function leastRow([trunk, ...branches]: Tree): number {
  return Math.max(0, trunk.length - 1) + Math.max(0, ...branches.map((branch) => branch.length - 1 - sharedLength(trunk, branch)));
}

/** The tokens of a tree that is not cut. */
export function treeTokens([trunk, ...branches]: Tree): number {
  return branches.reduce(
    (sum, branch) => sum + Math.max(0, branch.length - 1 - sharedLength(trunk, branch)),
    Math.max(0, trunk.length - 1),
  );
}

/** Every tree in the order given; one that does not fit into what is left of a row goes on in the next, where its trunk is read again. */
export function packTrees(trees: readonly Tree[], rowLength: number): PackedRow[] {
  const rows: PackedRow[] = [], mostQuestions = questionsIn(rowLength);
  for (const [tree, [trunk, ...branches]] of trees.entries()) {
    const least = leastRow([trunk, ...branches]);
    if (least > rowLength) throw new RangeError(`Cannot pack sequences as one and its trunk must fit in a row of ${rowLength} tokens: ${least}`);
    let row: PackedRow | null = null, trunkStart = 0;
    const room = (tokens: number, questions: number) => {
      const last = rows.at(-1);
      return last && last.ids.length + tokens <= rowLength && last.questions.length + questions <= mostQuestions ? last : null;
    };
    const plant = (tokens: number, questions: number) => { // the trunk, with room for so much behind it
      const first = row === null, asked = first ? Math.max(0, trunk.length - 1) : 0;
      row = room(trunk.length - 1 + tokens, asked + questions);
      if (!row) rows.push(row = { ids: [], positions: [], ownStart: [], sharedStart: [], sharedEnd: [], questions: [] });
      trunkStart = row.ids.length;
      read(row, trunk, 0, trunkStart);
      if (first) ask(row, trunk, 0, tree, 0, trunkStart, trunkStart);
    };
    branches.forEach((branch, index) => {
      const shared = sharedLength(trunk, branch), tokens = Math.max(0, branch.length - 1 - shared);
      const questions = Math.max(0, branch.length - Math.max(1, shared));
      if (!row || room(tokens, questions) !== row) plant(tokens, questions);
      const start = row!.ids.length;
      read(row!, branch, shared, trunkStart);
      ask(row!, branch, shared, tree, index + 1, start, trunkStart);
    });
    if (!row) plant(0, 0);
  }
  return rows;
}

/** Appends the tokens from `from` on to the row, but for the last. */
function read({ ids, positions, ownStart, sharedStart, sharedEnd }: PackedRow, sequence: Int32Array, from: number, trunkStart: number): void {
  const start = ids.length;
  for (let at = from; at < sequence.length - 1; at++) {
    ids.push(sequence[at]);
    positions.push(at);
    ownStart.push(start);
    sharedStart.push(trunkStart);
    sharedEnd.push(trunkStart + from);
  }
}

/** Asks for every token from `from` on but the first, which nothing predicts: the first of these of the trunk, the others of their own row. */
function ask({ questions }: PackedRow, ids: Int32Array, from: number, tree: number, sequence: number, start: number, trunkStart: number): void {
  for (let at = Math.max(1, from); at < ids.length; at++) {
    const asked = at === from ? trunkStart + at - 1 : start + at - 1 - from;
    questions.push({ asked, target: ids[at], tree, sequence, at });
  }
}
