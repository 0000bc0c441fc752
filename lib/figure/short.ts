/** Rows as a page and a notebook carry them. */

/** Numbers to six digits. */
export function rounded<R extends object>(row: R): R {
  const six = (value: unknown) => typeof value === "number" ? Number(value.toPrecision(6)) : value;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, six(value)])) as R;
}

/** The same with the part of the key by which readers know a run. */
export function short<R extends { readonly key?: string | null }>(row: R): R {
  const { key } = row;
  return { ...rounded(row), ...(key ? { key: key.slice(0, 8) } : {}) };
}
