/** The place of the largest value; of equal ones the first. */
export const argmax = (values: Float32Array | Float64Array): number => values.indexOf(Math.max(...values));
