/** Checks at the door, one line per call, in the error grammar "Cannot <action> as <what must hold>: <what came>". */

/** Throws a RangeError unless `value` is in [0, 1]. Inverted, so that NaN fails it too. */
export function checkFraction(action: string, name: string, value: number): void {
  if (!(0 <= value && value <= 1)) throw new RangeError(`Cannot ${action} as ${name} must be in [0, 1]: ${value}`);
}

/** Throws a RangeError unless `value` is a whole number, at least `least`. */
export function checkCount(action: string, name: string, value: number, least = 1): void {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new RangeError(`Cannot ${action} as ${name} must be a whole number, at least ${least}: ${value}`);
  }
}
