/** Square matrices, float64 [n, n] row by row. */
export type Matrix = Float64Array;

/** The lower triangle L of Cholesky's L·Lᵀ of a symmetric matrix; null when it is not positive definite. */
export function cholesky(matrix: Matrix, n: number): Matrix | null {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1)
    for (let j = 0; j <= i; j += 1) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k += 1) sum -= l[i * n + k]! * l[j * n + k]!;
      if (i !== j) l[i * n + j] = sum / l[j * n + j]!;
      else if (sum <= 1e-9) return null;
      else l[i * n + i] = Math.sqrt(sum);
    }
  return l;
}

/** The inverse of a lower triangle. */
export function inverseOfLower(l: Matrix, n: number): Matrix {
  const inverse = new Float64Array(n * n);
  for (let column = 0; column < n; column += 1)
    for (let i = column; i < n; i += 1) {
      let sum = i === column ? 1 : 0;
      for (let k = column; k < i; k += 1) sum -= l[i * n + k]! * inverse[k * n + column]!;
      inverse[i * n + column] = sum / l[i * n + i]!;
    }
  return inverse;
}

/** one·otherᵀ. */
export function timesTransposed(one: Matrix, other: Matrix, n: number): Matrix {
  const product = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1)
    for (let j = 0; j < n; j += 1) {
      let sum = 0;
      for (let k = 0; k < n; k += 1) sum += one[i * n + k]! * other[j * n + k]!;
      product[i * n + j] = sum;
    }
  return product;
}

/**
 * Eigenvalues of a symmetric matrix and its eigenvectors, which are the columns of `vectors`, by Jacobi's rotations.
 * (Golub and Van Loan, Matrix Computations, section 8.5.)
 */
export function eigen(symmetric: Matrix, n: number): { values: Float64Array; vectors: Matrix } {
  const a = Float64Array.from(symmetric);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) vectors[i * n + i] = 1;
  let size = 0;
  for (const value of a) size += value * value;
  for (let sweep = 0; sweep < 20; sweep += 1) {
    let off = 0;
    for (let i = 0; i < n; i += 1) for (let j = 0; j < i; j += 1) off += a[i * n + j]! ** 2;
    if (off <= 1e-18 * size) break;
    for (let p = 0; p < n; p += 1)
      for (let q = p + 1; q < n; q += 1) if (a[p * n + q] !== 0) rotate(a, vectors, p, q, n);
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), vectors };
}

/** Makes the element p, q of `a` zero. */
function rotate(a: Matrix, vectors: Matrix, p: number, q: number, n: number): void {
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * a[p * n + q]!);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(tangent * tangent + 1);
  const sine = tangent * cosine;
  const turn = (matrix: Matrix, one: number, other: number, stride: number) => {
    for (let k = 0, i = one, j = other; k < n; k += 1, i += stride, j += stride) {
      const x = matrix[i]!;
      const y = matrix[j]!;
      matrix[i] = cosine * x - sine * y;
      matrix[j] = sine * x + cosine * y;
    }
  };
  turn(a, p, q, n);
  turn(a, p * n, q * n, 1);
  turn(vectors, p, q, n);
}
