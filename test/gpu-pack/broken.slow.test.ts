import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FalxError } from '../../src-main/contract/errors.ts';
import { addGpuSupport } from '../../src-main/gpu-pack/install.ts';
import { places } from '../../src-main/gpu-pack/pack-places.ts';
import { activeRuntime } from '../../src-main/system/installation.ts';
import { zipOf, type ZipEntry } from '../import/zips.ts';
import {
  asIfLoaded,
  entriesOf,
  lay,
  madeParts,
  names,
  noise,
  packFrom,
  partOf,
  random,
  unpackedOf,
  version,
  type MadePart,
} from './gpu-pack-fixtures.ts';

/**
 * 200 broken packs, each made from one seed: damage by USB sticks, downloads and people, and what an incorrect or malicious
 * list of parts could name. None is activated, and each is refused by a sentence that names the file.
 */
const packs = 200;

type Broken = {
  /** The file that the sentence must name. */
  file: string;
  why: RegExp;
  parts: MadePart[];
  /** Applied to the folder once the parts are there. */
  harm?: (folder: string, next: () => number) => void;
};
type Kind = (parts: MadePart[], chosen: MadePart, next: () => number) => Broken;

const at = (next: () => number, below: number): number => Math.floor(next() * below);

/** Files that differ from those of the list. */
const files: Record<string, Kind> = {
  'is cut off': (parts, { part }, next) => ({
    ...{ parts, file: part.file, why: /^packPartLength$/ },
    harm: (folder) => truncateSync(join(folder, part.file), at(next, part.bytes)),
  }),
  'has a flipped bit': (parts, { part, content }, next) => ({
    ...{ parts, file: part.file, why: /^packPartChanged$/ },
    harm: (folder) => {
      const flipped = Buffer.from(content);
      flipped[at(next, flipped.length)]! ^= 1 << at(next, 8);
      writeFileSync(join(folder, part.file), flipped);
    },
  }),
  'is longer': (parts, { part, content }, next) => ({
    ...{ parts, file: part.file, why: /^packPartLength$/ },
    harm: (folder) =>
      writeFileSync(join(folder, part.file), Buffer.concat([content, noise(next, 1 + at(next, 50))])),
  }),
  'is empty': (parts, { part }) => ({
    ...{ parts, file: part.file, why: /^packPartLength$/ },
    harm: (folder) => writeFileSync(join(folder, part.file), ''),
  }),
  'is zeros': (parts, { part, content }) => ({
    ...{ parts, file: part.file, why: /^packPartChanged$/ },
    harm: (folder) => writeFileSync(join(folder, part.file), Buffer.alloc(content.length)),
  }),
  'has a hole of zeros': (parts, { part, content }, next) => ({
    ...{ parts, file: part.file, why: /^packPartChanged$/ },
    harm: (folder) => {
      const start = at(next, content.length - 200);
      writeFileSync(join(folder, part.file), Buffer.from(content).fill(0, start, start + 200));
    },
  }),
  'is of another version': (parts, { part }, next) => ({
    ...{ parts, file: part.file, why: /^packPartOther$/ },
    harm: (folder) =>
      renameSync(
        join(folder, part.file),
        join(folder, part.file.replace(version, `9.9.${10 + at(next, 80)}`)),
      ),
  }),
  'is missing': (parts, { part }) => ({
    ...{ parts, file: part.file, why: /^packPartsMissing$/ },
    harm: (folder) => rmSync(join(folder, part.file)),
  }),
  'has another version beside it': (parts, { part, content }, next) => {
    const other = part.file.replace(version, `9.9.${10 + at(next, 80)}`);
    return {
      ...{ parts, file: other, why: /^packPartOther$/ },
      harm: (folder) => writeFileSync(join(folder, other), content),
    };
  },
  'is called otherwise': (parts, { part }) => ({
    ...{ parts, file: part.file, why: /^packPartOther$/ },
    harm: (folder) =>
      renameSync(join(folder, part.file), join(folder, part.file.replace('.whl', ' (1).whl'))),
  }),
  'is a folder': (parts, { part }) => ({
    ...{ parts, file: part.file, why: /^packPartNoFile$/ },
    harm: (folder) => {
      rmSync(join(folder, part.file));
      mkdirSync(join(folder, part.file));
    },
  }),
  'is a pipe': (parts, { part }) => ({
    ...{ parts, file: part.file, why: /^packPartNoFile$/ },
    harm: (folder) => {
      rmSync(join(folder, part.file));
      execFileSync('mkfifo', [join(folder, part.file)]);
    },
  }),
  "can't be read": (parts, { part }, next) => ({
    ...{ parts, file: part.file, why: /^packPartUnreadable$/ },
    harm: (folder) => {
      const place = join(folder, part.file);
      // Root ignores permissions.
      if (process.getuid?.() !== 0 && next() < 0.5) return chmodSync(place, 0);
      rmSync(place);
      symlinkSync(next() < 0.5 ? part.file : join(folder, 'nowhere'), place);
    },
  }),
  'is another part under its name': (parts, { part }, next) => {
    const others = parts.filter((other) => other.part !== part);
    return {
      ...{ parts, file: part.file, why: /^packPart(Length|Changed)$/ },
      harm: (folder) => writeFileSync(join(folder, part.file), others[at(next, others.length)]!.content),
    };
  },
};

/** A wheel whose checksum is in the list, with something wrong inside. */
function inside(change: (entries: ZipEntry[], next: () => number) => Buffer | ZipEntry[], why: RegExp): Kind {
  return (parts, chosen, next) => {
    const { name } = chosen.part;
    const entries = entriesOf(name, next);
    const honest = unpackedOf(entries);
    const changed = change(entries, next);
    const wheel = partOf(name, version, Buffer.isBuffer(changed) ? changed : zipOf(changed), honest);
    return {
      parts: parts.map((other) => (other === chosen ? wheel : other)),
      file: wheel.part.file,
      why,
    };
  };
}
const entry = /^packPartEntry$/;
/** One of the libraries, in the middle of the others. */
const aLibrary = (entries: ZipEntry[]): ZipEntry =>
  entries.find(({ name }) => String(name).includes('.so.'))!;
const named = (name: string | Buffer, more: Partial<ZipEntry> = {}) =>
  inside((entries) => [...entries, { name, data: 'x', ...more }], entry);

const wheels: Record<string, Kind> = {
  'leads out of its folder': named('nvidia/cublas/lib/../../../../evil.so.1'),
  'leads out of its folder at once': named('../evil.so.1'),
  'has an absolute path': named('/tmp/falx-evil.so.1'),
  'has a backslash': named('nvidia\\cublas\\lib\\..\\evil.so.1'),
  'names a drive': named('C:/evil.so.1'),
  'has a NUL': named('nvidia/cublas/lib/evil\0.so.1'),
  'holds a link': named('nvidia/cublas/lib/evil.so.1', { mode: 0o120777, data: '/etc/passwd' }),
  'holds a device': named('nvidia/cublas/lib/evil.so.1', { mode: 0o060666 }),
  'is encrypted': named('nvidia/cublas/lib/evil.so.1', { flags: 0x801 }),
  'is packed otherwise': named('nvidia/cublas/lib/evil.so.1', { method: 12 }),
  'holds a file twice': inside((entries) => [...entries, aLibrary(entries)], entry),
  'holds a file twice but for case': inside(
    (entries) => [...entries, { name: String(aLibrary(entries).name).toUpperCase(), data: 'x' }],
    entry,
  ),
  'has a file where a folder is': inside(
    (entries) => [...entries, { name: `${String(aLibrary(entries).name)}/x.so.1`, data: 'x' }],
    entry,
  ),
  'has another CRC': inside((entries, next) => {
    aLibrary(entries).crc = at(next, 2 ** 32);
    return entries;
  }, entry),
  'says it is shorter': inside((entries) => {
    aLibrary(entries).size = 100;
    return entries;
  }, entry),
  'says it is longer': inside((entries) => {
    const library = aLibrary(entries);
    library.size = unpackedOf([library]) + 100;
    return entries;
  }, entry),
  'says it fills the disk': inside((entries) => {
    aLibrary(entries).size = 3_000_000_000;
    return entries;
  }, /^packPartWhole$/),
  'holds more than the list says': inside((entries) => {
    aLibrary(entries).data = Buffer.alloc(2 ** 20 + 20_000);
    return entries;
  }, entry),
  'overlaps itself': inside((entries) => {
    const library = entries.indexOf(aLibrary(entries));
    const again = Array.from({ length: 20 }, (_, n) => ({
      ...entries[library]!,
      name: `nvidia/again/lib/a${n}.so.1`,
      sameAs: library,
    }));
    return [...entries, ...again];
  }, /^packPartWhole$/),
  'holds no library': inside(
    (entries) => entries.filter(({ name }) => !String(name).includes('.so.')),
    /^packPartEmpty$/,
  ),
  'is no archive': inside((_, next) => noise(next, 3000), /^packPartWhole$/),
  'is cut off, and the list with it': inside((entries, next) => {
    const whole = zipOf(entries);
    return whole.subarray(0, at(next, whole.length - 30));
  }, /^packPartWhole$/),
  'has a damaged directory': inside((entries, next) => {
    const whole = zipOf(entries);
    const directory = whole.indexOf('PK\x01\x02', 'latin1');
    whole.writeUInt32LE(at(next, 2 ** 32), directory); // no longer the signature of an entry
    return whole;
  }, /^packPartWhole$/),
};

const kinds = Object.entries({ ...files, ...wheels });

let folder: string;
let binding: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'falx-broken-'));
  binding = join(folder, 'tfjs_binding.node');
  writeFileSync(binding, 'binding');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const refusal = (work: Promise<unknown>): Promise<FalxError> =>
  work.then(
    () => {
      throw new Error('it was added');
    },
    (error: unknown) => {
      if (error instanceof FalxError) return error;
      throw error;
    },
  );

describe(`${packs} broken packs`, () => {
  test.each(Array.from({ length: packs }, (_, seed) => [seed, kinds[seed % kinds.length]![0]] as const))(
    '%i: a part that %s',
    async (seed, kind) => {
      const next = random(1000 + seed);
      const whole = madeParts(seed);
      // The sentence contains a part's name; every part is tried.
      const chosen = whole[Math.floor(seed / kinds.length) % names.length]!;
      const { parts, file, why, harm } = Object.fromEntries(kinds)[kind]!(whole, chosen, next);
      const root = join(folder, String(seed));
      const stick = join(root, 'stick');
      lay(stick, parts);
      harm?.(stick, next);
      const here = places(join(root, 'falx', 'runtimes'));
      let tried = 0;
      const error = await refusal(
        addGpuSupport({
          from: stick,
          at: here,
          pack: packFrom(parts),
          binding,
          tryOut: (tree) => {
            tried += 1;
            return asIfLoaded(tree);
          },
        }),
      );
      expect(error.code).toBe('gpu-support');
      expect(error.facts['why']).toMatch(why);
      expect(error.message).toContain(file);
      expect(error.message).toContain('Falx keeps using the processor');
      expect(tried).toBe(0);
      expect(activeRuntime(here.runtimes)).toBeNull();
      expect(readdirSync(here.runtimes)).toEqual(['.adding']);
      // Nothing was written elsewhere.
      expect(readdirSync(root).sort()).toEqual(['falx', 'stick']);
      expect(readdirSync(join(root, 'falx'))).toEqual(['runtimes']);
      expect(existsSync('/tmp/falx-evil.so.1')).toBe(false);
      rmSync(root, { recursive: true });
    },
  );

  test('leave what was added before in use, as it is', async () => {
    const here = places(join(folder, 'kept', 'runtimes'));
    const stick = join(folder, 'kept', 'stick');
    const good = madeParts(1);
    lay(stick, good);
    const add = (parts: MadePart[]) =>
      addGpuSupport({ from: stick, at: here, pack: packFrom(parts), binding, tryOut: asIfLoaded });
    const { folder: added } = await add(good);
    const other = madeParts(2);
    lay(stick, other);
    truncateSync(join(stick, other[3]!.part.file), 100);
    expect((await refusal(add(other))).facts['why']).toBe('packPartLength');
    expect(activeRuntime(here.runtimes)).toBe('9.9.9-linux-x64-gpu');
    expect((await add(good)).already).toBe(true);
    expect(added).toBe(join(here.runtimes, '9.9.9-linux-x64-gpu'));
  });

  test('would have been added, had they been whole', async () => {
    const here = places(join(folder, 'whole', 'runtimes'));
    const stick = join(folder, 'whole', 'stick');
    const parts = madeParts(3);
    lay(stick, parts);
    const progress: [number, number][] = [];
    const { folder: added, bytes } = await addGpuSupport({
      ...{ from: stick, at: here, pack: packFrom(parts), binding, tryOut: asIfLoaded },
      onProgress: (done, total) => progress.push([done, total]),
    });
    expect(activeRuntime(here.runtimes)).toBe('9.9.9-linux-x64-gpu');
    const list = readdirSync(added, { recursive: true, encoding: 'utf8' }).sort();
    expect(list).toEqual(
      [
        ...['binding', 'binding/tfjs_binding.node', 'files.json', 'runtime.json', 'nvidia', 'tensorflow'],
        ...['cublas', 'cudnn', 'cuda_nvcc'].flatMap((short) => [
          `nvidia/${short}`,
          `nvidia/${short}/bin`,
          `nvidia/${short}/bin/tool`,
          `nvidia/${short}/lib`,
          `nvidia/${short}/lib/lib${short}.so.12`,
        ]),
        ...['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'],
        ...names.flatMap((name) => {
          const info = `${name.replaceAll('-', '_')}-${version}.dist-info`;
          return [info, `${info}/License.txt`];
        }),
      ].sort(),
    );
    expect(readdirSync(here.runtimes).sort()).toEqual(['9.9.9-linux-x64-gpu', 'active.json']);
    expect(bytes).toBeGreaterThan(0);
    const done = progress.map(([count]) => count);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(progress.at(-1)?.[0]).toBe(progress.at(-1)?.[1]);
  });
});
