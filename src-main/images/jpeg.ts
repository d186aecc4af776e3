/**
 * Drops bytes between the segments of a JPEG header, where some scanners' exports leave a few. The picture's own data are
 * untouched, so libjpeg can be told to refuse any other flaw.
 * @returns the same buffer if there are none, as nearly always, or if the header can't be repaired.
 */
export function withoutStrayBytes(input: Buffer): Buffer {
  const kept: [number, number][] = [[0, 2]];
  let at = 2;
  while (at + 4 <= input.length) {
    const marker = input.indexOf(0xff, at);
    if (marker < 0) return input;
    let code = marker;
    while (input[code] === 0xff) code += 1; // fill bytes
    if (isStuffing(input[code])) {
      at = code + 1;
      continue;
    }
    if (input[code] === START_OF_SCAN) {
      kept.push([code - 1, input.length]);
      break;
    }
    const length = code + 3 <= input.length ? input.readUInt16BE(code + 1) : 0;
    const end = code + 1 + length;
    if (length < 2 || end > input.length) return input;
    kept.push([code - 1, end]);
    at = end;
  }
  const bytes = kept.reduce((sum, [start, end]) => sum + end - start, 0);
  return bytes === input.length
    ? input
    : Buffer.concat(kept.map(([start, end]) => input.subarray(start, end)));
}

const START_OF_SCAN = 0xda;

/** A code that can't follow 0xff in a header: 0xff was one of the stray bytes. */
function isStuffing(code: number | undefined): boolean {
  return code === undefined || code < 0xc0;
}
