/** Marks as a page and a notebook carry them: six digits, the part of a key by which readers know a run, and nothing that is null. */
export function short<R extends object>(marks: readonly R[]): R[] {
  const shortened = ([name, value]: [string, unknown]): [string, unknown] => {
    if (typeof value === "number") return [name, Number(value.toPrecision(6))];
    return [name, name === "key" && typeof value === "string" ? value.slice(0, 8) : value];
  };
  return marks.map((mark) => Object.fromEntries(Object.entries(mark).filter(([, value]) => value !== null).map(shortened)) as R);
}
