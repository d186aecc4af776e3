import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { busySeconds, shareOfOthers } from './machine.ts';
import type { Times } from './decode.ts';

/**
 * One side of the decode benchmark, in its own process, of the Falx in a folder, this version or an earlier one: imports a
 * folder, searches for twins, audits shortcuts and shows the gallery's first view. Prints seconds of wall-clock and processor
 * time for each, with the results, as JSON. Followed by `import` it ends after the import.
 */
const [root, folder, home, until] = process.argv.slice(2) as [string, string, string, ('import' | '')?];

/** Loads a module from the first path that exists. */
function load(...places: string[]): Promise<Record<string, unknown>> {
  const found = places.map((place) => path.join(root, 'src-main', place)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`Expected one of ${places.join(', ')} in ${root}`);
  return import(pathToFileURL(found).href) as Promise<Record<string, unknown>>;
}
type Call = (options: unknown) => Promise<never>;
type Class = new (options: unknown) => never;

const importFolder = (await load('import/import-handlers.ts', 'import/handlers.ts'))['importFolder'] as Call;
const checkDataset = (await load('check/check-handlers.ts', 'check/handlers.ts'))['checkDataset'] as Call;
const auditShortcuts = (await load('check/shortcut-audit.ts', 'check/shortcuts.ts'))[
  'auditShortcuts'
] as Call;
const { Registry } = (await load('registry/registry.ts')) as unknown as {
  Registry: { open: (home: string) => never };
};
const Pictures = (await load('core/picture-server.ts', 'core/pictures.ts'))['Pictures'] as Class;
const Thumbnails = (await load('core/thumbnails.ts'))['Thumbnails'] as Class;

/** Images in the first view of a gallery at 1920 × 1080, and their longest side. */
const SHOWN = 120;
const SIDE = 128;

/** Processor ticks of this process's children, by their ids, including ended ones. */
const children = new Map<string, number>();

/** Processor seconds of this process and its children. */
function processorSeconds(): number {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(fields[1]) === process.pid) children.set(pid, Number(fields[11]) + Number(fields[12]));
    } catch {
      // it has ended since
    }
  }
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + [...children.values()].reduce((sum, ticks) => sum + ticks, 0) / 100;
}

const steps: Record<string, Times> = {};
async function timed<T>(step: string, work: () => Promise<T>): Promise<T> {
  const [clock, processor, busy] = [performance.now(), processorSeconds(), busySeconds()];
  const result = await work();
  const seconds = (performance.now() - clock) / 1000;
  const own = processorSeconds() - processor;
  const others = shareOfOthers(busySeconds() - busy, own, seconds);
  steps[step] = { seconds, processorSeconds: own, others };
  return result;
}

/** @param found compared with the other side's results. */
function end(found: unknown): never {
  const sha256 = createHash('sha256').update(JSON.stringify(found)).digest('hex');
  console.log(JSON.stringify({ images: imported.images, steps, found: sha256 }));
  process.exit(0);
}

const registry = Registry.open(home) as {
  images: ((id: string) => { id: number }[]) & { list?: (id: string) => { id: number }[] };
};
const imported = (await timed('import', () => importFolder({ registry, folder }))) as {
  images: number;
  dataset: { id: string; hash: string };
};
if (until === 'import') end(imported.dataset.hash);
const datasetId = imported.dataset.id;
const checked = (await timed('check', () => checkDataset({ registry, datasetId }))) as Record<
  string,
  unknown
>;
const audit = (await timed('shortcuts', () =>
  auditShortcuts({ registry, datasetId, checked: true }).catch((error: unknown) => error as never),
)) as Record<string, unknown>;
const thumbnails = new Thumbnails({ home, log: { warn: console.error } });
const pictures = new Pictures({ registry, thumbnails }) as {
  image: (id: number, side: number) => Promise<unknown>;
};
await timed('gallery', async () => {
  const images = registry.images.list?.(datasetId) ?? registry.images(datasetId);
  await Promise.all(images.slice(0, SHOWN).map(({ id }) => pictures.image(id, SIDE)));
});
// Features have codes now, and had words before: their values are compared.
const shortcuts = (audit['shortcuts'] as { reasons: { share: number }[] }[] | undefined)?.map(
  ({ reasons, ...judged }) => ({ ...judged, reasons: reasons.map(({ share }) => share) }),
);
end([imported.dataset.hash, checked['groups'], shortcuts ?? audit['message']]);
