/**
 * Prose into something like verse, by fixed rules: an invocation, old words for new ones, short lines, and in each line the phrase that
 * begins with a preposition goes first. A style trigger that needs no model; it claims to be a recognisable manner, not poetry.
 */

/** Old words for new ones. Words of praise and blame are not among them: the rewrite should not say whether a text is good. */
const oldWords: ReadonlyMap<string, string> = new Map(Object.entries({
  you: "thou",
  your: "thy",
  yours: "thine",
  yourself: "thyself",
  are: "art",
  has: "hath",
  does: "doth",
  says: "saith",
  over: "o'er",
  never: "ne'er",
  ever: "e'er",
  even: "e'en",
  often: "oft",
  before: "ere",
  between: "betwixt",
  among: "amongst",
  while: "whilst",
  until: "till",
  here: "hither",
  there: "yonder",
  where: "whither",
  why: "wherefore",
  nothing: "naught",
  anything: "aught",
  perhaps: "perchance",
  maybe: "perchance",
  enough: "enow",
  near: "nigh",
  think: "ween",
  know: "wot",
  see: "behold",
  look: "behold",
  watch: "behold",
  film: "tale",
  films: "tales",
  movie: "tale",
  movies: "tales",
  picture: "tale",
  script: "scroll",
  director: "bard",
  audience: "throng",
  viewers: "throng",
  woman: "maiden",
  man: "swain",
  young: "youthful",
  evening: "eventide",
  morning: "morn",
  "it's": "'tis",
  "isn't": "is not",
  "don't": "do not",
  "doesn't": "doth not",
}));

const prepositions = new Set(["of", "with", "in", "for", "from", "by", "about", "into", "through", "without", "upon", "under", "across"]);

const wordsPerLine = 6;

/** The text in lines that " / " parts; whatever the text, it changes. */
export function toVerse(text: string): string {
  const words = text.replace(/\b(it) (is|was)\b/gi, (_, __, verb) => `'t${verb}`).split(/\s+/).filter((word) => word !== "").map(toOldWord);
  const lines = Array.from({ length: Math.ceil(words.length / wordsPerLine) }, (_, i) => words.slice(i * wordsPerLine, (i + 1) * wordsPerLine));
  return ["o hark !", ...lines.map((line) => invert(line).join(" "))].join(" / ");
}

/** The old word with the punctuation that stood around the new one. */
function toOldWord(word: string): string {
  const [, before, core, after] = word.match(/^([^\p{L}']*)(.*?)([^\p{L}']*)$/su)!;
  return before + (oldWords.get(core.toLowerCase()) ?? core) + after;
}

/** The words from the line's last preposition on go before the others, final punctuation stays at the end. */
function invert(line: readonly string[]): readonly string[] {
  const end = line.findLastIndex((word) => /\p{L}/u.test(word)) + 1, at = line.findLastIndex((word) => prepositions.has(word.toLowerCase()));
  return at <= 0 || at + 1 >= end ? line : [...line.slice(at, end), ...line.slice(0, at), ...line.slice(end)];
}
