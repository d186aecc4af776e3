// The least and the greatest of 3 × 3 pixels, sixteen at once: `npm run kernels` makes strokes.wasm.ts of it.
// All addresses are into the module's memory, where strokes.ts lays everything out.

// @ts-ignore: decorator
@inline
function ofThree(a: v128, b: v128, c: v128, isGreatest: bool): v128 {
  return isGreatest ? i8x16.max_u(i8x16.max_u(a, b), c) : i8x16.min_u(i8x16.min_u(a, b), c);
}

// @ts-ignore: decorator
@inline
function one(at: usize, next: usize, isGreatest: bool): u8 {
  return isGreatest ? max(load<u8>(at), load<u8>(next)) : min(load<u8>(at), load<u8>(next));
}

// @ts-ignore: decorator
@inline
function extreme(from: usize, to: usize, work: usize, size: i32, isGreatest: bool): void {
  const line = <usize>size;
  const end = line * line;
  for (let row: usize = 0; row < end; row += line) {
    for (let x: usize = 0; x < line; x += 16) {
      const at = from + row + x;
      v128.store(work + row + x, ofThree(v128.load(at - 1), v128.load(at), v128.load(at + 1), isGreatest));
    }
    // Beside the first and the last lie those of other rows.
    store<u8>(work + row, one(from + row, from + row + 1, isGreatest));
    store<u8>(work + row + line - 1, one(from + row + line - 2, from + row + line - 1, isGreatest));
  }
  for (let row: usize = 0; row < end; row += line) {
    const above = work + row - (row === 0 ? 0 : line);
    const below = work + row + (row + line === end ? 0 : line);
    for (let x: usize = 0; x < line; x += 16)
      v128.store(
        to + row + x,
        ofThree(v128.load(above + x), v128.load(work + row + x), v128.load(below + x), isGreatest),
      );
  }
}

/** The least of 3 × 3 pixels; beyond an edge, the edge's. @param from uint8 [size, size], `size` a multiple of 16, not at the memory's beginning. @param to the same. @param work the same. */
export function erode(from: usize, to: usize, work: usize, size: i32): void {
  extreme(from, to, work, size, false);
}

/** The greatest of them. */
export function dilate(from: usize, to: usize, work: usize, size: i32): void {
  extreme(from, to, work, size, true);
}
