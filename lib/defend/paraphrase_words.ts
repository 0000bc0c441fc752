/** A text as sentences of tagged words, and back: what rules of syntax are written on. */
import nlp from "compromise";

export interface Word {
  /** A word, or marks of punctuation. */
  readonly text: string;
  /** Whether white space stands before it. */
  readonly space: boolean;
  /** Parts of speech and what else the tagger says: `Noun`, `Verb`, `Adjective`; none for a mark. */
  readonly tags: readonly string[];
}

/** A stretch of words that rules may rearrange, and the mark that ends it, which nothing is moved across. */
export interface Sentence {
  readonly body: readonly Word[];
  readonly end: readonly Word[];
}

/** Opening marks, a word, closing marks. */
const shape = /^([("“[]*)(.*?)([.,!?;:…)\]"”]*)$/u;

/** The text's sentences: also a semicolon, a colon and a dash end one. */
export function sentencesOf(text: string): Sentence[] {
  const pieces = [...text.matchAll(/\S+/gu)].flatMap(([chunk]) =>
    shape.exec(chunk)!.slice(1).filter(Boolean).map((text, row) => ({ text, space: row === 0 }))
  );
  const tags = tagsOf(pieces.map(({ text }) => text));
  const words = pieces.map((piece, row): Word => ({ ...piece, tags: isMark(piece.text) ? [] : tags[row] }));
  const ends = [...words.keys()].filter((row) => isMark(words[row].text) && /[.!?;:…–—-]/.test(words[row].text));
  const sentences = ends.map((end, row) => ({ body: words.slice(row === 0 ? 0 : ends[row - 1] + 1, end), end: [words[end]] }));
  const rest = words.slice(ends.length ? ends.at(-1)! + 1 : 0);
  return rest.length ? [...sentences, { body: rest, end: [] }] : sentences;
}

export function textOf(sentences: readonly Sentence[]): string {
  const words = sentences.flatMap(({ body, end }) => [...body, ...end]);
  return words.map(({ text, space }, row) => (space && row > 0 ? " " : "") + text).join("");
}

export function isMark(text: string): boolean {
  return !/[\p{L}\p{N}]/u.test(text);
}

/** The tagger's words, by where they begin among the pieces set apart by spaces; what it reads into one piece (don't: do, not) belongs to that. */
function tagsOf(pieces: readonly string[]): string[][] {
  const starts = pieces.map((_, row) => pieces.slice(0, row).reduce((length, piece) => length + piece.length + 1, 0));
  const tags = pieces.map((): string[] => []);
  for (const { terms } of nlp(pieces.join(" ")).json({ offset: true }) as Tagged[]) {
    for (const { offset, tags: own } of terms) tags[starts.findLastIndex((start) => start <= offset.start)].push(...own);
  }
  return tags;
}

interface Tagged {
  readonly terms: readonly { readonly offset: { readonly start: number }; readonly tags: readonly string[] }[];
}
