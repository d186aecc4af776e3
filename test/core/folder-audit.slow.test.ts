import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { pictures } from '../../src-main/contract/api.ts';
import type { Job } from '../../src-main/contract/jobs.ts';
import { webHandler } from '../../src-main/core/web.ts';
import { auditReport } from '../../src-main/shells/audit-report.ts';
import { layOut } from '../import/folders.ts';
import { coreOfFile } from './training-core.ts';

const open = coreOfFile(undefined, { auditReport });
let folder: string;
beforeAll(async () => {
  folder = await leaking();
});

/** Coarse blobs that are dissimilar in every orientation. */
async function scan(seed: number): Promise<Buffer> {
  const cells = Buffer.from(Array.from({ length: 36 }, (_, at) => ((seed + 3) * (at + 7) ** 3 * 37) % 256));
  return sharp(cells, { raw: { width: 6, height: 6, channels: 1 } })
    .resize(48, 48, { kernel: 'cubic' })
    .png()
    .toBuffer();
}

/** Train and test folders; one test image is a copy of a training image, and one scan is in both classes. */
async function leaking(): Promise<string> {
  const files: Record<string, Buffer> = {};
  for (let at = 0; at < 8; at += 1)
    for (const [part, className, from] of [
      ['train', 'tumour', 0],
      ['train', 'healthy', 20],
      ['test', 'tumour', 40],
      ['test', 'healthy', 60],
    ] as const)
      files[`${part}/${className}/${at}.png`] = await scan(from + at);
  files['test/tumour/0.png'] = files['train/tumour/3.png']!;
  files['train/healthy/5.png'] = files['train/tumour/5.png']!;
  return layOut(mkdtempSync(path.join(open.home, 'scans-')), files);
}

const settled = (job: Job): Promise<Job> => open.core.jobs.settled(job.id);
const aside = () => readdirSync(path.join(open.home, 'cache')).filter((name) => name.startsWith('audit-'));

test('an audit of a folder finds what leaks, and imports nothing', async () => {
  const job = await open.client.folderAudit.start({ folder, language: 'ko' });
  expect(job).toMatchObject({ kind: 'audit', subject: folder, unit: 'steps', state: 'running' });
  await expect(open.client.folderAudit.start({ folder })).rejects.toMatchObject({
    code: 'bad-usage',
    data: { why: 'auditUnderWay' },
  });
  expect(await settled(job)).toMatchObject({ state: 'done', done: 100, total: 100, resultId: job.id });

  const found = await open.client.folderAudit.result({ jobId: job.id });
  expect(found).toMatchObject({
    folder,
    positive: 'tumour',
    images: 32,
    exactDuplicates: 2,
    quarantined: 0,
    given: { train: 16, validation: 0, test: 16 },
    leaked: { count: 1, of: 16 },
    randomLeak: null,
    leaks: [{ test: 'test/tumour/0.png', twin: 'train/tumour/3.png' }],
    mixedLabels: 1,
    files: ['report.html', 'split.csv'],
  });
  expect([found.mixed[0]!.one, found.mixed[0]!.other].sort()).toEqual([
    'train/healthy/5.png',
    'train/tumour/5.png',
  ]);
  expect(await open.client.datasets.list()).toEqual([]);
  expect(aside()).toEqual([]);

  const handle = webHandler(open.core);
  const saved = async (name: string, init?: RequestInit) =>
    (await handle(new Request(`http://127.0.0.1${pictures.saved(job.id, name)}`, init)))!;
  const report = await saved('report.html');
  // As a download, never as a page of Falx's origin.
  expect(report.headers.get('content-disposition')).toMatch(/^attachment/);
  expect(report.headers.get('content-type')).toBe('application/octet-stream');
  const page = await report.text();
  expect(Buffer.byteLength(page)).toBe(Number(report.headers.get('content-length')));
  expect(page).toContain('test/tumour/0.png');
  expect(page).toContain('<html lang="ko">');
  expect(page).toContain('<h2>테스트 영상과 학습용이나 검증용에 있는 그 사본</h2>');
  const lines = (await (await saved('split.csv')).text()).trim().split(/\r?\n/);
  expect(lines).toHaveLength(33);
  const partOf = (file: string) => lines.find((line) => line.startsWith(`${file},`))!.split(',')[2];
  expect(partOf('test/tumour/0.png')).toBe(partOf('train/tumour/3.png'));
  expect((await saved('report.html', { method: 'HEAD' })).status).toBe(200);
  for (const name of ['other.html', '../report.html', '']) expect((await saved(name)).status).toBe(404);
});

test('a scan in two folders that are put together as one class is told', async () => {
  const files: Record<string, Buffer> = {};
  for (let at = 0; at < 8; at += 1)
    for (const [className, from] of [
      ['glioma', 0],
      ['pituitary', 20],
      ['no', 40],
    ] as const)
      files[`${className}/${at}.png`] = await scan(from + at);
  files['pituitary/7.png'] = files['glioma/2.png']!;
  const scans = await layOut(mkdtempSync(path.join(open.home, 'scans-')), files);
  const classes = [
    { name: 'tumour', of: ['glioma', 'pituitary'] },
    { name: 'none', of: ['no'] },
  ];
  const job = await open.client.folderAudit.start({ folder: scans, classes });
  await settled(job);
  expect(await open.client.folderAudit.result({ jobId: job.id })).toMatchObject({
    ...{ mixedLabels: 0, mixed: [] },
    ...{ mergedClasses: 1, merged: [{ one: 'glioma/2.png', other: 'pituitary/7.png' }] },
  });
});

test('an audit that is cancelled leaves nothing behind', async () => {
  const job = await open.client.folderAudit.start({ folder });
  await open.client.jobs.cancel({ jobId: job.id });
  expect(await settled(job)).toMatchObject({ state: 'cancelled' });
  expect(aside()).toEqual([]);
  expect(existsSync(path.join(open.home, 'cache', 'downloads', job.id))).toBe(false);
  await expect(open.client.folderAudit.result({ jobId: job.id })).rejects.toMatchObject({
    code: 'not-found',
    data: { why: 'auditGone' },
  });
});

test('a folder that holds no classes fails as an import does', async () => {
  const empty = mkdtempSync(path.join(open.home, 'scans-'));
  const job = await settled(await open.client.folderAudit.start({ folder: empty }));
  expect(job).toMatchObject({ state: 'failed', error: { code: 'bad-dataset' } });
  await expect(open.client.folderAudit.start({ folder: 'scans' })).rejects.toMatchObject({
    code: 'bad-usage',
    data: { why: 'folderNotAbsolute' },
  });
});
