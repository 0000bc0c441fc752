/** Eigenvalues of symmetric tridiagonal matrices by implicit QL steps (EISPACK's tql2), in plain float64. */

const stepLimit = 60;

/**
 * Turns T, with this diagonal [n] and what stands beside it [n - 1], into its eigenvalues, in no order. Each of the n columns of `z` is turned
 * along: columns of the identity become the eigenvectors, [0, ..., 0, 1] one by one becomes their last entries at a fraction of the cost.
 */
export function tridiagonalEigen(diagonal: ArrayLike<number>, beside: ArrayLike<number>, z: readonly Float64Array[]): Float64Array {
  const d = Float64Array.from(diagonal), n = d.length, e = Float64Array.from({ length: n }, (_, i) => i + 1 < n ? beside[i] : 0);
  for (let l = 0; l < n; l++) {
    for (let step = 0, m = splitAt(d, e, l); m > l; m = splitAt(d, e, l)) {
      if (++step > stepLimit) {
        throw new RangeError(`Cannot compute eigenvalues as each must be found within ${stepLimit} steps: number ${l + 1} of ${n}`);
      }
      const theta = (d[l + 1] - d[l]) / (2 * e[l]), shift = theta + (theta < 0 ? -1 : 1) * Math.hypot(theta, 1);
      let g = d[m] - d[l] + e[l] / shift, sine = 1, cosine = 1, p = 0, i = m - 1;
      for (; i >= l; i--) {
        const f = sine * e[i], b = cosine * e[i], r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) break; // T falls apart here
        sine = f / r;
        cosine = g / r;
        g = d[i + 1] - p;
        const q = (d[i] - g) * sine + 2 * cosine * b;
        p = sine * q;
        d[i + 1] = g + p;
        g = cosine * q - b;
        turn(z[i], z[i + 1], cosine, sine);
      }
      if (i >= l) d[i + 1] -= p;
      else [d[l], e[l]] = [d[l] - p, g];
      e[m] = 0;
    }
  }
  return d;
}

/** The first place from l on where T falls apart within rounding. */
function splitAt(d: Float64Array, e: Float64Array, l: number): number {
  let m = l;
  while (m + 1 < d.length && Math.abs(e[m]) > Number.EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++;
  return m;
}

function turn(x: Float64Array, y: Float64Array, cosine: number, sine: number): void {
  for (let k = 0; k < x.length; k++) {
    const xk = x[k], yk = y[k];
    x[k] = cosine * xk - sine * yk;
    y[k] = sine * xk + cosine * yk;
  }
}
