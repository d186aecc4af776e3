import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { networkNames, networkTable } from '../../src-main/contract/networks.ts';

const css = readFileSync('src-renderer/app.css', 'utf8');
const surfaces = {
  light: /^:root \{[^}]*--surface: (#\w{6});/m.exec(css)![1]!,
  dark: /data-theme='dark'\] \{[^}]*--surface: (#\w{6});/m.exec(css)![1]!,
};

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

const contrast = (one: string, other: string): number => {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high! + 0.05) / (low! + 0.05);
};

test('black on white has a contrast of 21', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 12);
});

test.each(
  networkNames.flatMap((network) => (['light', 'dark'] as const).map((theme) => ({ network, theme }))),
)('$network stands out from a $theme surface', ({ network, theme }) => {
  expect(contrast(networkTable[network].colour[theme], surfaces[theme])).toBeGreaterThanOrEqual(3);
});

test('no two networks share a mark, a colour or a title', () => {
  const facts = networkNames.map((network) => networkTable[network]);
  for (const of of [
    facts.map(({ mark }) => mark),
    facts.map(({ title }) => title),
    facts.map(({ colour }) => colour.light),
    facts.map(({ colour }) => colour.dark),
  ])
    expect(new Set(of).size).toBe(facts.length);
});
