// How far rows of numbers are from many known ones, four at a time: `npm run kernels` makes known-rows.wasm.ts of it.
// All addresses are into the module's memory, where known-rows.ts lays everything out.

/**
 * Products of known rows with four others. Sums of 128 numbers are float32, those of them float64.
 * @param known float32 [rows, width], `width` a multiple of 4. @param asked float32 [4, width]. @param to float64 [rows, 4].
 */
export function products(known: usize, rows: i32, width: i32, asked: usize, to: usize): void {
  const row = <usize>(4 * width);
  for (let r = 0; r < rows; r += 1, known += row, to += 32) {
    let s0: f64 = 0;
    let s1: f64 = 0;
    let s2: f64 = 0;
    let s3: f64 = 0;
    for (let from: usize = 0; from < row; from += 512) {
      const end = min(row, from + 512);
      let a = f32x4.splat(0);
      let b = a;
      let c = a;
      let d = a;
      for (let i = from; i < end; i += 16) {
        const value = v128.load(known + i);
        a = f32x4.add(a, f32x4.mul(value, v128.load(asked + i)));
        b = f32x4.add(b, f32x4.mul(value, v128.load(asked + row + i)));
        c = f32x4.add(c, f32x4.mul(value, v128.load(asked + 2 * row + i)));
        d = f32x4.add(d, f32x4.mul(value, v128.load(asked + 3 * row + i)));
      }
      s0 += total(a);
      s1 += total(b);
      s2 += total(c);
      s3 += total(d);
    }
    store<f64>(to, s0);
    store<f64>(to, s1, 8);
    store<f64>(to, s2, 16);
    store<f64>(to, s3, 24);
  }
}

// @ts-ignore: decorator
@inline
function total(sums: v128): f64 {
  return (
    <f64>f32x4.extract_lane(sums, 0) +
    <f64>f32x4.extract_lane(sums, 1) +
    <f64>f32x4.extract_lane(sums, 2) +
    <f64>f32x4.extract_lane(sums, 3)
  );
}

/** Numbers after which rows that are too far already are left. */
const PIECE = 7;

/**
 * The least squared distance of each known row to any of some others, where that is less than what is there.
 * @param known float32 [rows, width], `width` a multiple of 7. @param asked float32 [width, count], `count` a multiple of 4.
 * @param least float32 [rows], made less.
 */
export function nearest(known: usize, rows: i32, width: i32, asked: usize, count: i32, least: usize): void {
  const line = <usize>(4 * count);
  for (let r = 0; r < rows; r += 1, known += <usize>(4 * width), least += 4) {
    let limit = load<f32>(least);
    for (let column: usize = 0; column < line; column += 16) {
      let sums = f32x4.splat(0);
      const limits = f32x4.splat(limit);
      let at = asked + column;
      let number = 0;
      for (; number < width; number += PIECE) {
        for (let i = 0; i < PIECE; i += 1, at += line) {
          const apart = f32x4.sub(v128.load32_splat(known + <usize>(4 * (number + i))), v128.load(at));
          sums = f32x4.add(sums, f32x4.mul(apart, apart));
        }
        if (!v128.any_true(f32x4.lt(sums, limits))) break;
      }
      if (number < width) continue;
      limit = min(
        limit,
        min(
          min(f32x4.extract_lane(sums, 0), f32x4.extract_lane(sums, 1)),
          min(f32x4.extract_lane(sums, 2), f32x4.extract_lane(sums, 3)),
        ),
      );
    }
    store<f32>(least, limit);
  }
}
