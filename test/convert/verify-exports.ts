import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { type ExportFormat, exportFormats } from '../../src-main/contract/export-formats.ts';
import { scansInSubprocess } from '../../src-main/images/subprocess.ts';
import { foreign } from '../../src-main/system/foreign.ts';
import { Predictor } from '../../src-main/inference/predictor.ts';
import { exportRun } from '../../src-main/predict/export-model.ts';
import { predictFiles } from '../../src-main/predict/predict-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { kerasPython, python, pythonEnvironment } from '../python.ts';

/* Exports of runs, opened by the programs that they are for, against Falx on the same scans:

       npm run verify:exports -- --home HOME --scans DIR [--count 50] [--format NAME …] RUN …

   Prints a line per export, and fails when one differs from Falx by more than 1e-4. Formats that read files are given the scans' own,
   and the same as PNG, JPEG, BMP and GIF. */

const { values, positionals } = parseArgs({
  options: {
    home: { type: 'string' },
    scans: { type: 'string' },
    count: { type: 'string', default: '50' },
    format: { type: 'string', multiple: true },
  },
  allowPositionals: true,
});
if (!values.home || !values.scans || positionals.length === 0)
  throw new Error('npm run verify:exports -- --home HOME --scans DIR RUN …');

/** The program for each format; the script uses the format's name. */
const onnxPython = () => pythonEnvironment('onnx', ['onnx==1.23.2', 'onnxruntime==1.32.0']);
const readers: Partial<Record<ExportFormat, () => Promise<string>>> = {
  savedmodel: kerasPython,
  onnx: onnxPython,
  'onnx-float': onnxPython,
  keras: kerasPython,
  'keras-weights': kerasPython,
};

const MOST = 1e-4;
type Said = { worst: number; scans: number; spread: number; files: Record<string, number> };

const folder = mkdtempSync(path.join(tmpdir(), 'falx-exports-'));
const registry = Registry.open(values.home);
let bad = 0;
try {
  for (const id of positionals) {
    const run = registry.runs.get(id);
    const pixels = await scansOf(values.scans, Number(values.count), run.settings.pixels);
    const predictor = await Predictor.open(run, registry.home);
    const { probabilities } = await predictor.pixels(Buffer.concat(pixels), pixels.length);
    await predictor.close();
    const files = { pixels: path.join(folder, 'pixels'), answers: path.join(folder, 'answers') };
    writeFileSync(files.pixels, Buffer.concat(pixels));
    writeFileSync(files.answers, probabilities);
    for (const [format, reader] of Object.entries(readers) as [ExportFormat, () => Promise<string>][]) {
      if (values.format && !values.format.includes(format)) continue;
      const target = path.join(folder, `${id}${exportFormats[format].ending || '-folder'}`);
      mkdirSync(folder, { recursive: true });
      const { verified, bytes } = await exportRun(run, target, registry, { format });
      const script = path.join(import.meta.dirname, 'exports.py');
      const side = String(run.settings.pixels.imageSize);
      const said = await python(await reader(), [
        script,
        format,
        target,
        files.pixels,
        files.answers,
        side,
        run.network,
        ...(format === 'savedmodel' ? [await filesFor(run.id)] : []),
      ]);
      const { worst, scans, spread, files: ofFiles } = JSON.parse(said.trim().split('\n').at(-1)!) as Said;
      if (!(worst <= MOST)) bad++;
      if (spread < 0.2) throw new Error(`the run’s answers spread over ${spread} alone: they show nothing`);
      for (const [kind, most] of Object.entries(ofFiles)) {
        if (!(most <= MOST)) bad++;
        console.log(`${run.network.padEnd(12)} serving_bytes, ${kind}: worst ${most.toExponential(1)}`);
      }
      const own = verified
        ? `${verified.runtime}: ${verified.worst.toExponential(1)} on ${verified.scans}`
        : 'a copy';
      console.log(
        `${run.network.padEnd(12)} ${format.padEnd(14)} ${(bytes / 1e6).toFixed(1).padStart(6)} MB  worst ${worst.toExponential(1)} on ${scans} scans  (${own})`,
      );
      rmSync(target, { recursive: true });
    }
  }
} finally {
  registry.close();
  foreign.close();
  rmSync(folder, { recursive: true, force: true });
}
if (bad > 0) throw new Error(`${bad} exports answer otherwise than Falx`);

/** Pictures as files of each kind, with Falx's own answers. @returns the list that the script reads. */
async function filesFor(runId: string): Promise<string> {
  const place = path.join(folder, 'files');
  mkdirSync(place, { recursive: true });
  const scans = filesIn(values.scans!, 16);
  const listed: { file: string; kind: string }[] = scans.map((file) => ({
    file,
    kind: `as it is, ${path.extname(file).slice(1).toLowerCase().replace('jpeg', 'jpg')}`,
  }));
  for (const [i, file] of scans.slice(0, 8).entries()) {
    for (const kind of ['png', 'jpeg', 'gif'] as const) {
      const target = path.join(place, `${i}.${kind}`);
      await sharp(file).toFormat(kind).toFile(target);
      listed.push({ file: target, kind });
    }
    const target = path.join(place, `${i}.bmp`);
    const { data, info } = await sharp(file)
      .flatten()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    writeFileSync(target, bmpOf(data, info));
    listed.push({ file: target, kind: 'bmp' });
  }
  const answers = await predictFiles({
    registry,
    home: registry.home,
    runs: [{ id: runId }],
    files: listed.map(({ file }) => file),
  });
  const list = path.join(folder, 'files.json');
  writeFileSync(list, JSON.stringify(listed.map((one, i) => ({ ...one, answer: answers[i]!.probability }))));
  return list;
}

/** 24 bits per pixel, the last row first, each padded to a multiple of four bytes. */
function bmpOf(rgb: Uint8Array, { width, height }: { width: number; height: number }): Buffer {
  const row = (3 * width + 3) & ~3;
  const file = Buffer.alloc(54 + row * height);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      for (let c = 0; c < 3; c += 1)
        file[54 + (height - 1 - y) * row + 3 * x + c] = rgb[3 * (y * width + x) + 2 - c]!;
  return file;
}

async function scansOf(
  from: string,
  count: number,
  pixels: Parameters<typeof scansInSubprocess>[1],
): Promise<Buffer[]> {
  const how = { salt: '', window: pixels.window };
  return Promise.all(
    filesIn(from, count).map(async (file) =>
      Buffer.from((await scansInSubprocess(file, pixels, how))[0]!.pixels),
    ),
  );
}

function filesIn(from: string, count: number): string[] {
  const all = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(png|jpe?g)$/i.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
}
