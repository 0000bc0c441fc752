/** Noise on a text: what a robust model should not mind. A word is changed by its own coin, so that a higher rate changes the same words and more. */
import { checkFraction } from "../math/check.ts";
import type { Rng } from "../math/random.ts";

/** In a share `rate` of the words, two neighbouring letters that differ change places; words without such letters stay. */
export function swapLetters(text: string, rate: number, rng: Rng): string {
  checkFraction("change text", "rate", rate);
  const coins = rng.fork("coins"), places = rng.fork("places");
  return text.split(" ").map((word, i) => coins.uniformAt(i) < rate ? swapOnce(word, places.uniformAt(i)) : word).join(" ");
}

/** The text without a share `rate` of its words; one word always stays. */
export function dropWords(text: string, rate: number, rng: Rng): string {
  checkFraction("change text", "rate", rate);
  const words = text.split(" "), coins = words.map((_, i) => rng.uniformAt(i)), last = Math.max(...coins);
  return words.filter((_, i) => coins[i] >= rate || coins[i] === last).join(" ");
}

/** `draw` in [0, 1) says which of the pairs. */
function swapOnce(word: string, draw: number): string {
  const letters = [...word], isLetter = (at: number) => /\p{L}/u.test(letters[at]);
  const pairs = letters.slice(1).map((_, i) => i).filter((i) => isLetter(i) && isLetter(i + 1) && letters[i] !== letters[i + 1]);
  if (pairs.length === 0) return word;
  const at = pairs[Math.floor(draw * pairs.length)];
  return [...letters.slice(0, at), letters[at + 1], letters[at], ...letters.slice(at + 2)].join("");
}
