/** Seeds as an option or the environment names them: `1,2,3`. */

/** Throws a RangeError where a part is no seed, or there is none. */
export function parseSeeds(text: string): number[] {
  const parts = text.split(",").map((part) => part.trim()).filter(Boolean), wrong = parts.find((part) => !/^\d+$/.test(part));
  if (wrong !== undefined) throw new RangeError(`Each seed must be a whole number from 0: ${wrong}`);
  if (parts.length === 0) throw new RangeError(`There must be at least one seed: ${JSON.stringify(text)}`);
  return parts.map(Number);
}
