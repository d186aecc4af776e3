import { letterOutlines } from './outlined.ts';

/** Font size, line height and margin, pixels. */
const [SIZE, LINE, MARGIN] = [15, 21, 6];

/** Lines of text as a drawing, light on black, in Falx's own font. A line too long for the width is set smaller. */
export function textStrip(lines: readonly string[], width: number): { height: number; svg: Buffer } {
  const height = lines.length * LINE + 2 * MARGIN;
  const written = lines.map((line, n) => {
    const room = (width - 2 * MARGIN) / letterOutlines(line, SIZE).width;
    return letterOutlines(line, SIZE * Math.min(1, room)).letters(MARGIN, n * LINE + SIZE + MARGIN);
  });
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<rect width="${width}" height="${height}"/><g fill="#e6e6e6">${written.join('')}</g></svg>`;
  return { height, svg: Buffer.from(svg) };
}
