/** A batch: sequences side by side in one rectangle, as the model reads them. */

export interface Sequence {
  readonly ids: Int32Array; // [t], own length
  readonly label: number;
}

export interface Batch {
  readonly n: number;
  readonly t: number;
  readonly ids: Int32Array; // [n * t], row-major, 0 beyond a row's end
  readonly mask: Float32Array; // [n * t], 1 = token, 0 = padding
  readonly labels: Int32Array; // [n]
  readonly weights: Float32Array; // [n], 1 = a row, 0 = filler that must not count
  readonly rows: Int32Array; // [n], index into the sequences, -1 = filler
}

/** The rectangle of the given rows, filled up to `n` rows of `t` tokens with filler. */
export function assembleBatch(sequences: readonly Sequence[], rows: readonly number[], n: number, t: number): Batch {
  const batch = {
    n,
    t,
    ids: new Int32Array(n * t),
    mask: new Float32Array(n * t),
    labels: new Int32Array(n),
    weights: new Float32Array(n),
    rows: new Int32Array(n).fill(-1),
  };
  rows.forEach((row, i) => {
    const { ids, label } = sequences[row];
    batch.ids.set(ids, i * t);
    batch.mask.fill(1, i * t, i * t + ids.length);
    batch.labels[i] = label;
    batch.weights[i] = 1;
    batch.rows[i] = row;
  });
  // A filler row is one token long: a row without any token has no softmax, and its NaN would survive the weight 0.
  for (let i = rows.length; i < n; i++) batch.mask[i * t] = 1;
  return batch;
}
