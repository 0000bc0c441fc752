/** How many numbers a tensor of this shape has; 1 of a scalar. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
