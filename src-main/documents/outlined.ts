import { create } from 'fontkit';
import { fontFile, printedWeights } from './font-files.ts';

type Font = ReturnType<typeof openFont>;
const fonts = new Map<number, Font>();

/**
 * The same drawing with its text as outlines of Falx's own font: it looks the same on a machine that has no font for Hangul. It
 * supports `<text>` as `report/figures/svg.ts` writes it.
 */
export function outlined(svg: string): string {
  return svg.replaceAll(
    /<text x="([-\d.]+)" y="([-\d.]+)" font-family="[^"]*" font-size="([\d.]+)" font-weight="(\d+)" text-anchor="(\w+)" fill="([^"]+)"( transform="[^"]+")?>([^<]*)<\/text>/g,
    (_, x, y, size, weight, anchor, fill, turned: string | undefined, words: string) => {
      const { width, letters } = letterOutlines(plain(words), Number(size), Number(weight) >= 600);
      const before = anchor === 'middle' ? width / 2 : anchor === 'end' ? width : 0;
      return `<g fill="${fill}"${turned ?? ''}>${letters(Number(x) - before, Number(y))}</g>`;
    },
  );
}

/** The width of words, and their letters as SVG paths starting from a point on the baseline. */
export function letterOutlines(
  words: string,
  size: number,
  bold = false,
): { width: number; letters: (x: number, y: number) => string } {
  const font = fontOf(bold ? printedWeights.bold : printedWeights.normal);
  const scale = size / font.unitsPerEm;
  const { glyphs, positions } = font.layout(words);
  return {
    width: positions.reduce((sum, { xAdvance }) => sum + xAdvance, 0) * scale,
    letters: (x, y) => {
      let at = x;
      const paths = glyphs.map(({ path }, i) => {
        const place = `translate(${at.toFixed(2)} ${y}) scale(${scale.toFixed(6)} ${(-scale).toFixed(6)})`;
        at += positions[i]!.xAdvance * scale;
        return `<path d="${path.toSVG()}" transform="${place}"/>`;
      });
      return paths.join('');
    },
  };
}

function fontOf(weight: number): Font {
  const known = fonts.get(weight) ?? openFont(weight);
  fonts.set(weight, known);
  return known;
}

function openFont(weight: number) {
  const font = create(fontFile(weight));
  if (!('layout' in font)) throw new Error('the font file holds several');
  return font;
}

const plain = (escaped: string): string =>
  escaped
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
