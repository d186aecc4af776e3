// Pixel loops in AssemblyScript, sixteen pixels at a time: `npm run kernels` compiles them to kernels.wasm.ts. All addresses are in
// the module's memory, where the callers in reduce.ts and measures.ts allocate everything. Up to 64 bytes beyond the input may be
// read as well, and output rows are written up to a multiple of 16.

/** Whether the three channels are equal everywhere. @param from uint8 RGB. @param to uint8, the one channel. */
export function single(from: usize, pixels: i32, to: usize): bool {
  let differs = v128.splat<u8>(0);
  const whole = pixels & ~15;
  // For each pixel red against green and green against blue: the next pixel's red is masked.
  const within0 = i8x16(-1, -1, 0, -1, -1, 0, -1, -1, 0, -1, -1, 0, -1, -1, 0, -1);
  const within1 = i8x16(-1, 0, -1, -1, 0, -1, -1, 0, -1, -1, 0, -1, -1, 0, -1, -1);
  const within2 = i8x16(0, -1, -1, 0, -1, -1, 0, -1, -1, 0, -1, -1, 0, -1, -1, 0);
  for (let i = 0; i < whole; i += 16, from += 48, to += 16) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const steps = v128.or(
      v128.or(
        v128.and(v128.xor(a, v128.load(from, 1)), within0),
        v128.and(v128.xor(b, v128.load(from, 17)), within1),
      ),
      v128.and(v128.xor(c, v128.load(from, 33)), within2),
    );
    differs = v128.or(differs, steps);
    const red = v128.or(
      v128.or(
        v128.swizzle(a, i8x16(0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)),
        v128.swizzle(b, i8x16(-1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14, -1, -1, -1, -1, -1)),
      ),
      v128.swizzle(c, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 4, 7, 10, 13)),
    );
    v128.store(to, red);
    // Most colour pictures show it early.
    if ((i & 4095) == 0 && v128.any_true(differs)) return false;
  }
  if (v128.any_true(differs)) return false;
  for (let i = whole; i < pixels; i += 1, from += 3, to += 1) {
    const red = load<u8>(from);
    if (red != load<u8>(from, 1) || red != load<u8>(from, 2)) return false;
    store<u8>(to, red);
  }
  return true;
}

/**
 * Counts grey levels, 32 bins of 8 each. @param counts uint32 [32], added to.
 * @param work uint32 [4, 1024], all 0 and reset to 0: counts of pairs of neighbouring levels, in four copies, since incrementing
 *   the same counter again has to wait for the previous increment.
 */
export function levels(from: usize, pixels: i32, counts: usize, work: usize): void {
  const whole = pixels & ~15;
  const low = i16x8.splat(0x1f);
  const high = i16x8.splat(0x3e0);
  for (let i = 0; i < whole; i += 16, from += 16) {
    const values = v128.load(from);
    const pairs = i16x8.shl(
      v128.or(v128.and(i16x8.shr_u(values, 3), low), v128.and(i16x8.shr_u(values, 6), high)),
      2,
    );
    count(work, <usize>v128.extract_lane<u16>(pairs, 0));
    count(work + 4096, <usize>v128.extract_lane<u16>(pairs, 1));
    count(work + 8192, <usize>v128.extract_lane<u16>(pairs, 2));
    count(work + 12288, <usize>v128.extract_lane<u16>(pairs, 3));
    count(work, <usize>v128.extract_lane<u16>(pairs, 4));
    count(work + 4096, <usize>v128.extract_lane<u16>(pairs, 5));
    count(work + 8192, <usize>v128.extract_lane<u16>(pairs, 6));
    count(work + 12288, <usize>v128.extract_lane<u16>(pairs, 7));
  }
  for (let i = whole; i < pixels; i += 1, from += 1) count(counts, (<usize>load<u8>(from) >> 3) << 2);
  for (let pair: usize = 0; pair < 4096; pair += 4) {
    const sum = load<u32>(work + pair) + load<u32>(work + pair, 4096) + load<u32>(work + pair, 8192) + load<u32>(work + pair, 12288);
    const one = counts + (pair & 0x7c);
    const other = counts + ((pair >> 5) & 0x7c);
    store<u32>(one, load<u32>(one) + sum);
    store<u32>(other, load<u32>(other) + sum);
  }
  memory.fill(work, 0, 16384);
}

// @ts-ignore: decorator
@inline
function count(counts: usize, at: usize): void {
  store<u32>(counts + at, load<u32>(counts + at) + 1);
}

/**
 * Counts levels of luma as `levels` does, and coloured pixels.
 * @param from uint8 RGB. @param counts uint32 [32], added to. @param limit channels further apart than this are colour. @returns
 *   pixels in colour.
 */
export function colours(from: usize, pixels: i32, counts: usize, limit: i32): i32 {
  let coloured = 0;
  for (let i = 0; i < pixels; i += 1, from += 3) {
    const red = <i32>load<u8>(from);
    const green = <i32>load<u8>(from, 1);
    const blue = <i32>load<u8>(from, 2);
    const luma = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
    count(counts, <usize>((luma >> 3) << 2));
    const most = max(max(red, green), blue);
    const least = min(min(red, green), blue);
    coloured += i32(most - least > limit);
  }
  return coloured;
}

/** Extracts one of three channels. @param from uint8 RGB, at the channel's first value. */
export function channel(from: usize, pixels: i32, to: usize): void {
  for (let i = 0; i < pixels; i += 1, from += 3, to += 1) store<u8>(to, load<u8>(from));
}

/** Interleaves three channels. @param red uint8, as `green` and `blue`. @param to uint8 RGB. */
export function interleave(red: usize, green: usize, blue: usize, pixels: i32, to: usize): void {
  for (let i: usize = 0; i < <usize>pixels; i += 1, to += 3) {
    store<u8>(to, load<u8>(red + i));
    store<u8>(to, load<u8>(green + i), 1);
    store<u8>(to, load<u8>(blue + i), 2);
  }
}

/**
 * Colours to grey as libvips does it: luminance of linear light by Rec. 709, and back by a table with interpolation.
 * @param red uint8, as `green` and `blue`. @param linear float32 [256], of each level. @param levels int32 [257], of each 255th.
 */
export function luminance(
  red: usize, green: usize, blue: usize, pixels: i32, linear: usize, levels: usize, to: usize,
): void {
  for (let i: usize = 0; i < <usize>pixels; i += 1) {
    const light = <f32>(
      0.2126 * <f64>load<f32>(linear + (<usize>load<u8>(red + i) << 2)) +
      0.7152 * <f64>load<f32>(linear + (<usize>load<u8>(green + i) << 2)) +
      0.0722 * <f64>load<f32>(linear + (<usize>load<u8>(blue + i) << 2))
    );
    const at = min<f32>(light * 255, 255);
    const step = <i32>at;
    const level = load<i32>(levels + (<usize>step << 2));
    const next = load<i32>(levels + (<usize>step << 2), 4);
    store<u8>(to + i, <u8>nearest<f32>(<f32>level + <f32>(next - level) * (at - <f32>step)));
  }
}

/** Pads rows. @param size in bytes, after padding. */
export function widen(from: usize, width: i32, height: i32, size: i32, to: usize): void {
  for (let y = 0; y < height; y += 1, from += <usize>width, to += <usize>size)
    for (let x = 0; x < size; x += 16) v128.store(to + <usize>x, v128.load(from + <usize>x));
}

/**
 * Means of `factor` rows each, rounded as in libvips' `shrinkv`; missing rows at the end repeat the last one.
 * @param size bytes of a row, a multiple of 16. @param factor 128 at most. @param height rows. @param to uint8 [⌈height ÷ factor⌉,
 *   size].
 */
export function shrink(from: usize, size: i32, height: i32, factor: i32, to: usize): void {
  const multiplier = i32x4.splat(i32((u64(1) << 32) / (u64(256) * factor)));
  const amend = i16x8.splat(i16(factor / 2));
  const rows = (height + factor - 1) / factor;
  for (let y = 0; y < rows; y += 1)
    for (let x = 0; x < size; x += 16, to += 16) {
      let low = amend;
      let high = amend;
      for (let k = 0; k < factor; k += 1) {
        const values = v128.load(from + <usize>(min(y * factor + k, height - 1) * size + x));
        low = i16x8.add(low, i16x8.extend_low_i8x16_u(values));
        high = i16x8.add(high, i16x8.extend_high_i8x16_u(values));
      }
      v128.store(to, i8x16.narrow_i16x8_u(means(low, multiplier), means(high, multiplier)));
    }
}

// @ts-ignore: decorator
@inline
function means(sums: v128, multiplier: v128): v128 {
  return i16x8.narrow_i32x4_u(
    i32x4.shr_u(i32x4.mul(i32x4.extend_low_i16x8_u(sums), multiplier), 24),
    i32x4.shr_u(i32x4.mul(i32x4.extend_high_i16x8_u(sums), multiplier), 24),
  );
}

/**
 * Rows as weighted sums of others, with weights that add up to 4096.
 * @param from uint8 [height, size]. @param size a multiple of 16. @param firsts int32 [count], the first of `taps` rows for each;
 *   rows outside are the edges' own. @param weights int16 [count, taps]. @param to uint8 [count, size].
 */
export function reduce(
  from: usize, size: i32, height: i32, firsts: usize, weights: usize, taps: i32, count: i32, to: usize,
): void {
  for (let y = 0; y < count; y += 1, weights += <usize>(2 * taps), to += <usize>size) {
    let start = 0;
    let end = taps;
    while (start < end && load<i16>(weights + <usize>(2 * start)) == 0) start += 1;
    while (end > start && load<i16>(weights + <usize>(2 * end) - 2) == 0) end -= 1;
    const first = load<i32>(firsts + <usize>(4 * y)) + start;
    const used = end - start;
    const own = weights + <usize>(2 * start);
    if (used <= 4) {
      // Nearly always: the rows are looked up once, outside the loop.
      const a = from + <usize>(row(first, height) * size);
      const b = from + <usize>(row(first + 1, height) * size);
      const c = from + <usize>(row(first + 2, height) * size);
      const d = from + <usize>(row(first + 3, height) * size);
      const ab = both(own, used);
      const cd = both(own + 4, used - 2);
      for (let x: usize = 0; x < <usize>size; x += 16)
        v128.store(to + x, used > 2 ? four(a + x, b + x, ab, c + x, d + x, cd) : two(a + x, b + x, ab));
      continue;
    }
    for (let x = 0; x < size; x += 16) {
      let s0 = i32x4.splat(2048);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      for (let tap = 0; tap < used; tap += 2) {
        const one = v128.load(from + <usize>(row(first + tap, height) * size + x));
        const other = v128.load(from + <usize>(row(first + tap + 1, height) * size + x));
        const weight = both(own + <usize>(2 * tap), used - tap);
        s0 = i32x4.add(s0, first4(one, other, weight));
        s1 = i32x4.add(s1, second4(one, other, weight));
        s2 = i32x4.add(s2, third4(one, other, weight));
        s3 = i32x4.add(s3, fourth4(one, other, weight));
      }
      v128.store(to + <usize>x, narrowed(s0, s1, s2, s3));
    }
  }
}

/** Two weights in each lane; 0 for missing ones. */
// @ts-ignore: decorator
@inline
function both(weights: usize, left: i32): v128 {
  const one = left > 0 ? <u32>load<u16>(weights) : 0;
  const other = left > 1 ? <u32>load<u16>(weights, 2) : 0;
  return i32x4.splat(<i32>(one | (other << 16)));
}

// @ts-ignore: decorator
@inline
function two(one: usize, other: usize, weight: v128): v128 {
  const a = v128.load(one);
  const b = v128.load(other);
  const half = i32x4.splat(2048);
  return narrowed(
    i32x4.add(half, first4(a, b, weight)),
    i32x4.add(half, second4(a, b, weight)),
    i32x4.add(half, third4(a, b, weight)),
    i32x4.add(half, fourth4(a, b, weight)),
  );
}

// @ts-ignore: decorator
@inline
function four(one: usize, other: usize, weight: v128, third: usize, fourth: usize, weight2: v128): v128 {
  const a = v128.load(one);
  const b = v128.load(other);
  const c = v128.load(third);
  const d = v128.load(fourth);
  const half = i32x4.splat(2048);
  return narrowed(
    i32x4.add(i32x4.add(half, first4(a, b, weight)), first4(c, d, weight2)),
    i32x4.add(i32x4.add(half, second4(a, b, weight)), second4(c, d, weight2)),
    i32x4.add(i32x4.add(half, third4(a, b, weight)), third4(c, d, weight2)),
    i32x4.add(i32x4.add(half, fourth4(a, b, weight)), fourth4(c, d, weight2)),
  );
}

// Weighted sums of two rows, from the first to the last four of sixteen pixels.
@inline
function first4(a: v128, b: v128, weight: v128): v128 {
  return i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(lower(a, b)), weight);
}
// @ts-ignore: decorator
@inline
function second4(a: v128, b: v128, weight: v128): v128 {
  return i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(lower(a, b)), weight);
}
// @ts-ignore: decorator
@inline
function third4(a: v128, b: v128, weight: v128): v128 {
  return i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(upper(a, b)), weight);
}
// @ts-ignore: decorator
@inline
function fourth4(a: v128, b: v128, weight: v128): v128 {
  return i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(upper(a, b)), weight);
}

/** Interleaves the first and the last eight of two rows. */
// @ts-ignore: decorator
@inline
function lower(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
// @ts-ignore: decorator
@inline
function upper(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// @ts-ignore: decorator
@inline
function narrowed(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(
    i16x8.narrow_i32x4_s(i32x4.shr_s(a, 12), i32x4.shr_s(b, 12)),
    i16x8.narrow_i32x4_s(i32x4.shr_s(c, 12), i32x4.shr_s(d, 12)),
  );
}

// @ts-ignore: decorator
@inline
function row(at: i32, height: i32): i32 {
  return max(0, min(height - 1, at));
}

/** Transposes. @param from uint8 [height, size], both multiples of 16. @param to uint8 [size, height]. */
export function transpose(from: usize, size: i32, height: i32, to: usize): void {
  const s = <usize>size;
  for (let y = 0; y < height; y += 8)
    for (let x = 0; x < size; x += 16) {
      const at = from + <usize>(y * size + x);
      // Three rounds of interleaving the upper and the lower four of eight rows.
      const a0 = v128.load(at);
      const a1 = v128.load(at + s);
      const a2 = v128.load(at + 2 * s);
      const a3 = v128.load(at + 3 * s);
      const a4 = v128.load(at + 4 * s);
      const a5 = v128.load(at + 5 * s);
      const a6 = v128.load(at + 6 * s);
      const a7 = v128.load(at + 7 * s);
      const b0 = lower(a0, a4);
      const b1 = upper(a0, a4);
      const b2 = lower(a1, a5);
      const b3 = upper(a1, a5);
      const b4 = lower(a2, a6);
      const b5 = upper(a2, a6);
      const b6 = lower(a3, a7);
      const b7 = upper(a3, a7);
      const c0 = lower(b0, b4);
      const c1 = upper(b0, b4);
      const c2 = lower(b1, b5);
      const c3 = upper(b1, b5);
      const c4 = lower(b2, b6);
      const c5 = upper(b2, b6);
      const c6 = lower(b3, b7);
      const c7 = upper(b3, b7);
      const line = to + <usize>(x * height + y);
      const h = <usize>height;
      columns(line, h, lower(c0, c4));
      columns(line + 2 * h, h, upper(c0, c4));
      columns(line + 4 * h, h, lower(c1, c5));
      columns(line + 6 * h, h, upper(c1, c5));
      columns(line + 8 * h, h, lower(c2, c6));
      columns(line + 10 * h, h, upper(c2, c6));
      columns(line + 12 * h, h, lower(c3, c7));
      columns(line + 14 * h, h, upper(c3, c7));
    }
}

/** Two columns of eight, one after the other. */
// @ts-ignore: decorator
@inline
function columns(to: usize, height: usize, both: v128): void {
  v128.store64_lane(to, both, 0);
  v128.store64_lane(to + height, both, 1);
}

/** Sums of blocks of 8 × 8. @param from uint8 [8 · blocks, 8 · blocks], `blocks` even. @param to uint32 [blocks, blocks]. */
export function blocks(from: usize, blocks: i32, to: usize): void {
  const size = <usize>(8 * blocks);
  for (let y = 0; y < blocks; y += 1, from += 8 * size)
    for (let x = 0; x < blocks; x += 2, to += 8) {
      let sums = i16x8.splat(0);
      for (let k: usize = 0; k < 8; k += 1)
        sums = i16x8.add(sums, i16x8.extadd_pairwise_i8x16_u(v128.load(from + k * size + <usize>(8 * x))));
      const four = i32x4.extadd_pairwise_i16x8_u(sums);
      store<u32>(to, v128.extract_lane<u32>(four, 0) + v128.extract_lane<u32>(four, 1));
      store<u32>(to, v128.extract_lane<u32>(four, 2) + v128.extract_lane<u32>(four, 3), 4);
    }
}

/**
 * Sums over the lines of a square's border.
 * @param places uint16 [lines, size], indices of their pixels in the square, line by line from the edge inwards.
 * @param counts uint32 [256], added to: by level. @param sums uint32 [5], added to: levels; their squares; differences of
 *   neighbours in a line; levels of the outermost line; and of the one half way in.
 */
export function border(square: usize, places: usize, lines: i32, size: i32, counts: usize, sums: usize): void {
  for (let line = 0; line < lines; line += 1) {
    let sum = 0;
    let squares = 0;
    let steps = 0;
    let before = <i32>load<u8>(square + <usize>load<u16>(places));
    for (let i = 0; i < size; i += 1, places += 2) {
      const level = <i32>load<u8>(square + <usize>load<u16>(places));
      count(counts, <usize>(level << 2));
      sum += level;
      squares += level * level;
      steps += abs<i32>(level - before);
      before = level;
    }
    add(sums, sum);
    add(sums + 4, squares);
    add(sums + 8, steps);
    if (line == 0) add(sums + 12, sum);
    if (line == lines / 2) add(sums + 16, sum);
  }
}

// @ts-ignore: decorator
@inline
function add(to: usize, sum: i32): void {
  store<u32>(to, load<u32>(to) + sum);
}
