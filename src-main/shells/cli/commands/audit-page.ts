import type { Audit, Contradiction } from '../../../folder-audit/folder-audit.ts';
import { FalxError } from '../../../contract/errors.ts';
import type { Dataset } from '../../../contract/records.ts';
import { thumbnailInSubprocess } from '../../../images/subprocess.ts';
import { greyPng } from '../../../images/encode.ts';
import type { Registry } from '../../../registry/registry.ts';
import type { Speech } from '../output.ts';
import { similarityText } from './check-text.ts';

/** Most pairs of each kind on a page, and the longest side of a picture, pixels. */
const MOST = 60;
const SIDE = 224;

/**
 * An audit as one self-contained HTML page: its text, and the pairs side by side as pictures. It contains small copies of the
 * scans, so it must be protected like them.
 */
export async function auditPage(
  registry: Registry,
  audit: Audit,
  text: string,
  { say, words, language }: Speech,
): Promise<string> {
  const { imported, leaks, mixed, merged } = audit;
  const { dataset } = imported;
  const pair = async (one: Named, other: Named, likeness: string) =>
    `<figure><div>${await picture(registry, dataset, one, words)}${await picture(registry, dataset, other, words)}</div>` +
    `<figcaption>${caption(one)}<br>${caption(other)}<br>${escaped(likeness)}</figcaption></figure>`;
  const leaking = [];
  for (const leak of leaks.slice(0, MOST))
    leaking.push(await pair(leak.image, leak.twin, similarityText(leak, say)));
  const contradicting = async (some: readonly Contradiction[]) => {
    const figures = [];
    for (const { one, other } of some.slice(0, MOST))
      figures.push(await pair(one, other, similarityText(other, say)));
    return figures;
  };
  const [byLabel, byFolder] = [await contradicting(mixed), await contradicting(merged)];
  return page(language, say('auditPage', { name: dataset.name }), [
    `<pre>${escaped(text)}</pre>`,
    ...section(say('auditPageLeaks', shown(leaking, leaks)), leaking),
    ...section(say('auditPageMixed', shown(byLabel, mixed)), byLabel),
    ...section(say('auditPageMerged', shown(byFolder, merged)), byFolder),
    ...section(say('auditPageMeans', {}), await meanPictures(audit)),
  ]);
}

interface Named {
  id: number;
  file: string;
  className: string;
  givenPart: string | null;
}

async function picture(
  registry: Registry,
  { folder }: Dataset,
  { id, file }: Named,
  words: Speech['words'],
): Promise<string> {
  try {
    const jpeg = await thumbnailInSubprocess(folder, registry.images.get(id), SIDE);
    return `<img src="data:image/jpeg;base64,${jpeg.toString('base64')}" alt="${escaped(file)}">`;
  } catch (error) {
    if (error instanceof FalxError) return `<p>${escaped(words(error.asMessage))}</p>`;
    throw error;
  }
}

const caption = ({ file, className, givenPart }: Named): string =>
  `<b>${escaped(file)}</b> ${escaped([className, ...(givenPart ? [givenPart] : [])].join(', '))}`;

/** How many of them have pictures. */
const shown = ({ length }: readonly string[], { length: count }: readonly unknown[]) =>
  ({ shown: length, count, all: length < count ? 'no' : 'yes' }) as const;

const section = (title: string, figures: readonly string[]): string[] =>
  figures.length === 0 ? [] : [`<h2>${escaped(title)}</h2>`, `<section>${figures.join('\n')}</section>`];

async function meanPictures({ shortcuts }: Audit): Promise<string[]> {
  const figures = [];
  for (const { className, thumbnail: levels } of shortcuts?.means ?? []) {
    const png = await greyPng(Uint8Array.from(levels, Math.round), 16, 16);
    figures.push(
      `<figure><img class="mean" src="data:image/png;base64,${png.toString('base64')}" alt="">` +
        `<figcaption>${escaped(className)}</figcaption></figure>`,
    );
  }
  return figures;
}

const page = (language: string, title: string, parts: readonly string[]): string => `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
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
<h1>${escaped(title)}</h1>
${parts.join('\n')}
</html>
`;

/** Names come from folders: they must not become markup. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
