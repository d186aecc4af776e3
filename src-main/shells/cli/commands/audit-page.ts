import type { Audit } from '../../../folder-audit/folder-audit.ts';
import { FalxError } from '../../../contract/errors.ts';
import type { Dataset } from '../../../contract/records.ts';
import { thumbnailApart } from '../../../images/apart.ts';
import { greyPng } from '../../../images/encode.ts';
import type { Registry } from '../../../registry/registry.ts';
import type { Speech } from '../output.ts';
import { counted } from '../text.ts';
import { likenessInWords } from './check-text.ts';

/** Pairs that a page shows of each kind, and the longest side of a picture, pixels. */
const MOST = 60;
const SIDE = 224;

/**
 * An audit as one HTML page that needs nothing else: its text, and the pairs side by side as pictures. It holds small
 * copies of the scans, so it is to be kept as they are.
 */
export async function auditPage(
  registry: Registry,
  audit: Audit,
  text: string,
  { say }: Speech,
): Promise<string> {
  const { imported, leaks, checked } = audit;
  const { dataset } = imported;
  const pair = async (one: Named, other: Named, words: string) =>
    `<figure><div>${await picture(registry, dataset, one)}${await picture(registry, dataset, other)}</div>` +
    `<figcaption>${caption(one)}<br>${caption(other)}<br>${escaped(words)}</figcaption></figure>`;
  const leaking = [];
  for (const leak of leaks.slice(0, MOST))
    leaking.push(await pair(leak.image, leak.twin, likenessInWords(leak, say)));
  const mixed = checked.groups.filter(({ mixedLabels }) => mixedLabels);
  const contradicting = [];
  for (const { first, twins } of mixed.slice(0, MOST)) {
    const other = twins.find(({ className }) => className !== first.className) ?? twins[0]!;
    contradicting.push(await pair(first, other, likenessInWords(other, say)));
  }
  return page(dataset.name, [
    `<pre>${escaped(text)}</pre>`,
    ...section('Test images and their twins in training or validation', leaks.length, leaking),
    ...section('Scans with both labels', mixed.length, contradicting),
    ...(await meanPictures(audit)),
  ]);
}

interface Named {
  id: number;
  file: string;
  className: string;
  givenPart: string | null;
}

async function picture(registry: Registry, { folder }: Dataset, { id, file }: Named): Promise<string> {
  try {
    const jpeg = await thumbnailApart(folder, registry.images.get(id), SIDE);
    return `<img src="data:image/jpeg;base64,${jpeg.toString('base64')}" alt="${escaped(file)}">`;
  } catch (error) {
    if (error instanceof FalxError) return `<p>${escaped(error.message)}</p>`;
    throw error;
  }
}

const caption = ({ file, className, givenPart }: Named): string =>
  `<b>${escaped(file)}</b> ${escaped([className, ...(givenPart ? [givenPart] : [])].join(', '))}`;

function section(title: string, count: number, figures: readonly string[]): string[] {
  if (count === 0) return [];
  const shown = figures.length < count ? ` (${figures.length} of ${counted(count, 'pair')})` : '';
  return [`<h2>${title}${shown}</h2>`, `<section>${figures.join('\n')}</section>`];
}

async function meanPictures({ shortcuts }: Audit): Promise<string[]> {
  const figures = [];
  for (const { className, thumbnail: levels } of shortcuts?.means ?? []) {
    const png = await greyPng(Uint8Array.from(levels, Math.round), 16, 16);
    figures.push(
      `<figure><img class="mean" src="data:image/png;base64,${png.toString('base64')}" alt="">` +
        `<figcaption>${escaped(className)}</figcaption></figure>`,
    );
  }
  return section('Mean picture of each class, 16 × 16 pixels', figures.length, figures);
}

const page = (title: string, parts: readonly string[]): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Audit of ${escaped(title)}</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #1a1a1a; background: #fff; }
  pre { white-space: pre-wrap; font: 13px/1.5 ui-monospace, monospace; }
  section { display: flex; flex-wrap: wrap; gap: 1.5rem; }
  figure { margin: 0; width: ${2 * SIDE + 8}px; overflow-wrap: anywhere; }
  figure div { display: flex; gap: 8px; align-items: flex-start; }
  figure img { max-width: ${SIDE}px; background: #000; }
  figure p { width: ${SIDE}px; margin: 0; }
  .mean { width: ${SIDE}px; image-rendering: pixelated; }
  figcaption { font-size: 13px; }
</style>
<h1>Audit of ${escaped(title)}</h1>
${parts.join('\n')}
</html>
`;

/** Names come from folders: they must not become markup. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
