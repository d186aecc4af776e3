import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type ExportFormat, exportFormats } from '../../src-main/contract/export-formats.ts';
import { scansApart } from '../../src-main/images/apart.ts';
import { foreign } from '../../src-main/system/foreign.ts';
import { Predictor } from '../../src-main/inference/predictor.ts';
import { exportRun } from '../../src-main/predict/export-model.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { kerasPython, python, pythonEnvironment } from '../python.ts';

/* Exports of runs, opened by the programs that they are for, against Falx on the same scans:

       npm run verify:exports -- --home HOME --scans DIR [--count 50] [--format NAME …] RUN …

   Prints a line an export, and fails when one is further than 1e-4 from Falx. */

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

/** Who opens which format; the script's word for it is the format's. */
const onnxPython = () => pythonEnvironment('onnx', ['onnx==1.23.2', 'onnxruntime==1.32.0']);
const readers: Partial<Record<ExportFormat, () => Promise<string>>> = {
  savedmodel: kerasPython,
  onnx: onnxPython,
  'onnx-float': onnxPython,
  keras: kerasPython,
  'keras-weights': kerasPython,
};

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
      ]);
      const { worst, scans } = JSON.parse(said.trim().split('\n').at(-1)!) as {
        worst: number;
        scans: number;
      };
      if (!(worst <= 1e-4)) bad++;
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

async function scansOf(
  from: string,
  count: number,
  pixels: Parameters<typeof scansApart>[1],
): Promise<Buffer[]> {
  const all = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(png|jpe?g)$/i.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  const files = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
  const how = { salt: '', window: pixels.window };
  return Promise.all(
    files.map(async (file) => Buffer.from((await scansApart(file, pixels, how))[0]!.pixels)),
  );
}
