import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Run } from '../../src-main/contract/records.ts';
import type { RunView, SplitView } from '../../src-main/contract/views.ts';
import { ownFolder, side } from './fixture.ts';
import { falx } from './lane.ts';
import { conclude } from './options.ts';
import { addressIn, Window } from './window.ts';

/*
 * npm run soak -- [--minutes 120] [--settle 30] [--pause 0] [--log FILE]
 *
 * A served Falx and a window that never rests, or so many seconds between its rounds: imports a folder that grows, checks it, splits it, trains for an epoch, predicts,
 * looks through lists and pictures, removes what it made and empties the trash. The resident memory of the server is looked at every
 * five seconds. Once the first `settle` minutes are over it may grow by 3 % at most: the median of the last sixth of the time against
 * that of the sixth after settling.
 */

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { minutes: text, settle: text, pause: text, log: text } });
const minutes = Number(values.minutes ?? 120);
const settle = Number(values.settle ?? Math.min(30, minutes / 4));
const folder = ownFolder('soak');
const home = path.join(folder, 'home');
const scans = path.join(folder, 'scans');
const drawn = path.join(folder, 'drawn');
const made = await falx(path.join(folder, 'other home'), ['demo', drawn]);
if (made.code !== 0) throw new Error(made.stderr);
const [one, other] = readdirSync(drawn).sort() as [string, string];
/** Number of synthetic scans of each class. */
const EACH = 30;
for (const name of [one, other])
  for (const scan of readdirSync(path.join(drawn, name)).slice(0, EACH))
    cpSync(path.join(drawn, name, scan), path.join(scans, name, scan));
mkdirSync(home);
writeFileSync(path.join(home, 'note'), 'soak');

let server = 0;
const opened = Promise.withResolvers<string>();
const serving = falx(
  home,
  ['serve', '--no-open', '--port', '0'],
  {},
  (pid) => (server = pid),
  (soFar) => {
    const address = addressIn(soFar);
    if (address !== null) opened.resolve(address);
  },
);
const ended = serving.then(({ code, signal, stderr }) => {
  opened.reject(new Error(`the server ended: ${stderr}`));
  return `the server ended (${code ?? signal}): ${stderr.slice(-500)}`;
});

/** Resident memory of this process only, MiB. */
function resident(pid: number): number {
  const status = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Its regions in whole MiB: mapped files, the allocator's heaps, and the rest, which is mostly JavaScript's. */
function places(pid: number): Record<string, number> {
  const sum: Record<string, number> = { files: 0, heap: 0, arenas: 0, rest: 0 };
  const maps = existsSync(`/proc/${pid}/smaps`) ? readFileSync(`/proc/${pid}/smaps`, 'utf8') : '';
  for (const [, from, name, kibibytes] of maps.matchAll(
    /^([0-9a-f]+)-\S+ \S+ \S+ \S+ \d+ *(.*)\n(?:[A-Z].*\n)*?Rss: +(\d+)/gm,
  )) {
    // glibc's arenas are aligned to 64 MiB.
    const isArena = name === '' && Number.parseInt(from!, 16) % 2 ** 26 === 0;
    const place = name === '[heap]' ? 'heap' : name !== '' ? 'files' : isArena ? 'arenas' : 'rest';
    sum[place]! += Number(kibibytes) / 1024;
  }
  return Object.fromEntries(Object.entries(sum).map(([place, size]) => [place, Math.round(size)]));
}

const lastLines = (file: string): string =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-20).join('\n') : 'nothing';

const samples: { minute: number; mebibytes: number; files: number }[] = [];
const counts: Record<string, number> = {};
const wrong: string[] = [];
const count = (what: string) => (counts[what] = (counts[what] ?? 0) + 1);

async function round(window: Window, number: number): Promise<void> {
  // One more scan each time, so that there is something to import; a copy, so that there is a twin to find.
  const first = readdirSync(path.join(drawn, one));
  cpSync(path.join(drawn, one, first[number % EACH]!), path.join(scans, one, `again-${number % 50}.png`));
  const started = await window.call<{ id: string }>('/datasets/import', {
    folder: scans,
    name: `round ${number}`,
  });
  const { resultId: datasetId, state } = await window.job(started.id);
  if (datasetId === null) throw new Error(`the import is ${state}`);
  count('imports');
  await window.job((await window.call<{ id: string }>('/check/start', { datasetId })).id);
  count('checks');
  const { split } = await window.call<SplitView>('/splits/create', {
    ...{ datasetId, test: 0.2, validation: 0.2, seed: number, useGiven: false },
  });
  count('splits');
  const { images } = await window.call<{ images: { id: number; file: string }[] }>('/datasets/images', {
    ...{ datasetId, className: null, offset: 0, limit: 100 },
  });
  for (const { id } of images.slice(0, 60)) {
    await window.fetch(`/picture/image/${id}?side=${96 + (number % 3)}`);
    count('pictures');
  }
  for (const path_ of [
    '/datasets/list',
    '/training/state',
    '/trash/list',
    '/records/state',
    '/app/info',
    '/jobs/list',
  ])
    await window.call(path_);
  await window.call('/runs/list', { removed: false });
  await window.call('/check/groups', { datasetId, filter: 'all', offset: 0, limit: 100 }).catch(() => null);
  count('rounds of lists');
  if (number % 4 === 0) {
    const [run] = await window.call<Run[]>('/training/queue', {
      ...{ splitId: split.id, networks: ['mobilenetv2'] },
      settings: { weights: 'none', imageSize: side, epochs: 1, batchSize: 8, patience: 0 },
    });
    for (;;) {
      const {
        run: { status },
      } = await window.call<RunView>('/runs/get', { runId: run!.id });
      if (['done', 'failed', 'interrupted'].includes(status)) {
        if (status !== 'done') throw new Error(`the run is ${status}`);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    count('trainings');
    for (let times = 0; times < 5; times++) {
      const files = images.slice(0, 10).map(({ file }) => path.join(scans, file));
      await window.call('/predict/scans', { runIds: [run!.id], files });
      count('predictions');
    }
    await window.call('/runs/remove', { runIds: [run!.id] });
  }
  await window.call('/datasets/remove', { datasetId });
  await window.call('/trash/empty', {});
}

const began = performance.now();
const minute = () => (performance.now() - began) / 60_000;
let window = await Window.open(await opened.promise);
const look = setInterval(() => {
  const files = existsSync(`/proc/${server}/fd`) ? readdirSync(`/proc/${server}/fd`).length : 0;
  samples.push({ minute: minute(), mebibytes: resident(server), files });
  if (values.log !== undefined)
    appendFileSync(
      values.log,
      `${minute().toFixed(2)} ${resident(server).toFixed(1)} ${files} ${JSON.stringify({ ...places(server), ...counts })}\n`,
    );
}, 5000);
for (let number = 1; minute() < minutes; number++) {
  try {
    await Promise.race([round(window, number), ended.then((said) => Promise.reject(new Error(said)))]);
  } catch (error) {
    wrong.push(`round ${number}: ${String(error).slice(0, 400)}`);
    console.error(`${new Date().toISOString()} ${wrong.at(-1)}`);
    console.error(`what the server wrote last:\n${lastLines(path.join(home, 'logs', 'falx.log'))}`);
    // As a window does by itself.
    if (window.closed !== null && existsSync(`/proc/${server}`)) window = await window.again();
    if (!existsSync(`/proc/${server}`) || wrong.length > 20) break;
  }
  await new Promise((resolve) => setTimeout(resolve, 1000 * Number(values.pause ?? 0)));
  // As a newly opened window.
  if (number % 10 === 0) {
    window = await window.again();
    count('windows');
  }
}
clearInterval(look);
window.close();
process.kill(server, 'SIGINT');
await ended;

const median = (all: number[]): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
const lasted = samples.at(-1)?.minute ?? 0;
const sixth = lasted / 6;
const between = (from: number, to: number) =>
  samples.filter((sample) => sample.minute >= from && sample.minute <= to);
const [first, last] = [between(settle, settle + sixth), between(lasted - sixth, lasted)];
const [early, late] = [first, last].map((part) => median(part.map(({ mebibytes }) => mebibytes))) as [
  number,
  number,
];
const growth = late / early - 1;
if (!(growth <= 0.03)) wrong.push(`resident memory grew by ${(100 * growth).toFixed(1)} %`);
conclude(
  wrong,
  `${lasted.toFixed(1)} min: ${JSON.stringify(counts)}; resident memory ${early.toFixed(1)} MiB after ${settle.toFixed(1)} min, ` +
    `${late.toFixed(1)} MiB at the end (${(100 * growth).toFixed(1)} %); open files ${median(first.map(({ files }) => files))}, then ${median(last.map(({ files }) => files))}`,
);
