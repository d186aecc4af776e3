import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

/* Many programs that send scans to `falx serve --predict` at once: each must be answered, none twice, and as if it were alone.

       npm run load:predict -- --home HOME --scans FOLDER [--clients 32] [--count 20] RUN

   Each client sends `count` scans, one after another over its own connection. */

const { values, positionals } = parseArgs({
  options: {
    home: { type: 'string' },
    scans: { type: 'string' },
    clients: { type: 'string', default: '32' },
    count: { type: 'string', default: '20' },
  },
  allowPositionals: true,
});
const [run] = positionals;
if (!values.home || !values.scans || !run)
  throw new Error('npm run load:predict -- --home HOME --scans FOLDER RUN');
const clients = Number(values.clients);
const count = Number(values.count);

const scans = readdirSync(values.scans, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(png|jpe?g|tiff?|dcm)$/i.test(name))
  .sort()
  .slice(0, 64)
  .map((name) => readFileSync(path.join(values.scans!, name)));

const launcher = path.join(import.meta.dirname, '../../build/falx.mjs');
const server = spawn(
  process.execPath,
  [launcher, 'serve', '--predict', run, '--json', '--home', values.home],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
type Document = { address: string; token: string };
const { address, token } = await new Promise<Document>((resolve, reject) => {
  let said = '';
  server.stdout.on('data', (part: Buffer) => {
    said += part.toString();
    try {
      resolve(JSON.parse(said) as Document);
    } catch {
      // incomplete so far
    }
  });
  server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
});

type Answer = { predictions: { file: string; probability: number | null }[] };
const send = async (scan: number, name: string) => {
  const answer = await fetch(`${address}/predict?name=${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: scans[scan % scans.length]!,
  });
  const { predictions } = (await answer.json()) as Answer;
  const [first] = predictions;
  if (first?.file !== name) throw new Error(`${name} was answered with ${first?.file} (${answer.status})`);
  return first.probability;
};

try {
  const alone: (number | null)[] = [];
  for (const scan of scans.keys()) alone.push(await send(scan, `alone-${scan}`));
  const times: number[] = [];
  let [lost, differ] = [0, 0];
  const began = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let i = 0; i < count; i++) {
        const scan = (client * count + i) % scans.length;
        const asked = performance.now();
        try {
          const probability = await send(scan, `client-${client}-${i}`);
          times.push(performance.now() - asked);
          const before = alone[scan]!;
          if (
            (probability === null) !== (before === null) ||
            Math.abs((probability ?? 0) - (before ?? 0)) > 1e-4
          )
            differ++;
        } catch (error) {
          lost++;
          console.error(String(error));
        }
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(times[Math.min(times.length - 1, Math.floor(share * times.length))]!);
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  console.log(
    JSON.stringify({
      clients,
      asked: clients * count,
      lost,
      differ,
      seconds: Number(seconds.toFixed(1)),
      perSecond: Number((times.length / seconds).toFixed(1)),
      milliseconds: { median: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1) },
      serverMemory: /VmHWM:\s+(.*)/.exec(status)?.[1],
    }),
  );
  process.exitCode = lost + differ > 0 ? 1 : 0;
} finally {
  server.kill('SIGTERM');
}
