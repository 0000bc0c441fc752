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

/** How many tokens the trunk and a branch have in common, so that the trunk's prediction of the next one is at hand. */
export function sharedLength(trunk: Int32Array, branch: Int32Array): number {
  const most = Math.min(branch.length, trunk.length - 1);
  let length = 0;
  while (length < most && branch[length] === trunk[length]) length++;
  return length;
}

/** What a row must have room for: tokens that are read (a sequence's last one is only asked for) and questions. */
interface Need {
  readonly tokens: number;
  readonly questions: number;
}

const trunkTokens = (trunk: Int32Array) => Math.max(0, trunk.length - 1);

function branchNeed(trunk: Int32Array, branch: Int32Array): Need {
  const shared = sharedLength(trunk, branch);
  return { tokens: Math.max(0, branch.length - 1 - shared), questions: Math.max(0, branch.length - Math.max(1, shared)) };
}

/** The shortest row for a tree: its trunk and any one branch fit. */
export function leastRow([trunk, ...branches]: Tree): number {
  return trunkTokens(trunk) + Math.max(0, ...branches.map((branch) => branchNeed(trunk, branch).tokens));
}

/** The tokens of a tree that is not cut. */
export function treeTokens([trunk, ...branches]: Tree): number {
  return branches.reduce((sum, branch) => sum + branchNeed(trunk, branch).tokens, trunkTokens(trunk));
}

/**
 * Rows of at most so many tokens, and as many questions. The trees come in the order given; one that does not fit into what is left of a
 * row goes on in the next, where its trunk is read again.
 */
export function packTrees(trees: readonly Tree[], rowLength: number): PackedRow[] {
  const rows: PackedRow[] = [];
  const fits = (row: PackedRow | undefined, { tokens, questions }: Need) =>
    row !== undefined && row.ids.length + tokens <= rowLength && row.questions.length + questions <= rowLength;
  for (const [tree, sequences] of trees.entries()) {
    const [trunk] = sequences, least = leastRow(sequences);
    if (least > rowLength) throw new RangeError(`Cannot pack sequences as one and its trunk must fit in a row of ${rowLength} tokens: ${least}`);
    let row: PackedRow | undefined, root = 0; // the column where the trunk begins
    for (const [sequence, ids] of sequences.entries()) {
      const isTrunk = sequence === 0, need = isTrunk ? { tokens: 0, questions: trunkTokens(trunk) } : branchNeed(trunk, ids);
      if (!fits(row, need)) {
        if (row || !fits(rows.at(-1), { ...need, tokens: need.tokens + trunkTokens(trunk) })) rows.push(emptyRow());
        row = rows.at(-1)!;
        root = row.ids.length;
        read(row, trunk, 0, root);
      }
      const shared = isTrunk ? 0 : sharedLength(trunk, ids), start = isTrunk ? root : row!.ids.length;
      if (!isTrunk) read(row!, ids, shared, root);
      ask(row!, ids, shared, start, root, { tree, sequence });
    }
  }
  return rows;
}

function emptyRow(): PackedRow {
  return { ids: [], positions: [], ownStart: [], sharedStart: [], sharedEnd: [], questions: [] };
}

/** Appends the tokens from `from` on to the row, but for the last. */
function read({ ids, positions, ownStart, sharedStart, sharedEnd }: PackedRow, sequence: Int32Array, from: number, root: number): void {
  const start = ids.length;
  for (let at = from; at < sequence.length - 1; at++) {
    ids.push(sequence[at]);
    positions.push(at);
    ownStart.push(start);
    sharedStart.push(root);
    sharedEnd.push(root + from);
  }
}

/**
 * Asks for every token from `from` on but the sequence's first, which nothing predicts: for the first of them in the trunk, which begins at
 * column `root`, for the others where the sequence's own tokens begin.
 */
function ask({ questions }: PackedRow, ids: Int32Array, from: number, start: number, root: number, whose: Pick<Question, "tree" | "sequence">): void {
  for (let at = Math.max(1, from); at < ids.length; at++) {
    const asked = at === from ? root + at - 1 : start + at - 1 - from;
    questions.push({ asked, target: ids[at], ...whose, at });
  }
}
