import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { networkNames } from '../../../src-main/contract/networks.ts';
import { addPack, importWeights, writePack } from '../../../src-main/networks/weights/weights-pack.ts';
import { addWeights, listWeights, weightsFolder } from '../../../src-main/networks/weights/weights-store.ts';
import { sha256Of } from '../../../src-main/system/hashes.ts';
import { zipOf, type ZipEntry } from '../../import/zips.ts';
import { writeWeightFile } from './weights-fixtures.ts';

let place: string;
/** A home folder with weights of two networks, a pack of them, and its content. */
let from: string;
let pack: string;
let whole: ZipEntry[];
let home: string;

beforeAll(async () => {
  place = mkdtempSync(path.join(tmpdir(), 'falx-pack-'));
  from = path.join(place, 'from');
  for (const network of ['mobilenetv2', 'densenet121'] as const) {
    const file = path.join(place, `${network} of mine.h5`);
    await writeWeightFile(file, network);
    await addWeights(from, file);
  }
  pack = path.join(place, 'weights.zip');
  await writePack(from, pack);
  whole = await entriesOf(pack);
}, 60_000);
beforeEach(() => {
  home = mkdtempSync(path.join(place, 'home-'));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Read by another program, so that Falx's output is not read by its own code. */
async function entriesOf(file: string): Promise<ZipEntry[]> {
  const script =
    'import sys,zipfile,json,base64\n' +
    'z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None\n' +
    'print(json.dumps([[i.filename,base64.b64encode(z.read(i)).decode(),i.compress_type] for i in z.infolist()]))';
  const said = execFileSync('python3', ['-c', script, file], { maxBuffer: 2 ** 30, encoding: 'utf8' });
  return (JSON.parse(said) as [string, string, number][]).map(([name, data, method]) => ({
    name,
    data: Buffer.from(data, 'base64'),
    method,
  }));
}

const manifest = () => JSON.parse(whole[0]!.data!.toString()) as { files: Record<string, unknown>[] };
const withManifest = (change: (manifest: { files: Record<string, unknown>[] }) => void): ZipEntry[] => {
  const changed = manifest();
  change(changed);
  return [{ ...whole[0]!, data: JSON.stringify(changed) }, ...whole.slice(1)];
};
const kept = (): string[] => (existsSync(weightsFolder(home)) ? readdirSync(weightsFolder(home)) : []);

describe('a weight pack', () => {
  test('is a zip archive, nothing in it compressed, that lists what it holds, from where and under which licence', () => {
    expect(whole.map(({ name, method }) => [name, method])).toEqual([
      ['falx-weights.json', 0],
      ['LICENCES.txt', 0],
      ['mobilenetv2.h5', 0],
      ['densenet121.h5', 0],
    ]);
    expect(manifest().files).toEqual(
      whole.slice(2).map(({ name, data }) => ({
        network: (name as string).replace('.h5', ''),
        file: name,
        bytes: (data as Buffer).length,
        sha256: sha256Of(data as Buffer),
        source: `${(name as string).replace('.h5', '')} of mine.h5`,
        licence: null,
        origin: null,
      })),
    );
    const licences = whole[1]!.data!.toString();
    expect(licences).toContain('Zhuang Liu');
    expect(licences).toContain('ResNet50: MIT, https://spdx.org/licenses/MIT.html');
    expect(licences).toContain('Copyright (c) 2016, Zhuang Liu.');
    expect(readFileSync(pack).includes(place)).toBe(false); // no local paths
  });

  test('is the same, byte for byte, when it is made again', async () => {
    const again = path.join(place, 'again.zip');
    await writePack(from, again);
    expect(readFileSync(again).equals(readFileSync(pack))).toBe(true);
    await expect(writePack(from, again)).rejects.toMatchObject({ code: 'bad-usage' });
  });

  test('brings its weights to another home, in place of earlier ones of these networks', async () => {
    const earlier = path.join(place, 'earlier.h5');
    await writeWeightFile(earlier, 'mobilenetv2', { value: 0.3 });
    await addWeights(home, earlier);
    const added = await importWeights(home, pack);
    expect(added.map(({ network, source }) => [network, source])).toEqual([
      ['mobilenetv2', pack],
      ['densenet121', pack],
    ]);
    const hashes = async (home: string) =>
      (await listWeights(home)).map(({ sha256, intact }) => [sha256, intact]);
    expect(await hashes(home)).toEqual(await hashes(from));
    expect(kept()).toHaveLength(4);
    expect(await writePack(home, path.join(home, 'on.zip'))).toMatchObject({ missing: ['resnet50'] });
  });

  test('may contain some of the networks, and must contain the requested ones', async () => {
    const one = path.join(home, 'one.zip');
    await writePack(from, one, ['densenet121']);
    expect((await addPack(home, one)).map(({ network }) => network)).toEqual(['densenet121']);
    await expect(writePack(from, path.join(home, 'b.zip'), ['resnet50'])).rejects.toMatchObject({
      code: 'weights-missing',
      facts: { missing: ['resnet50'] },
    });
    await expect(writePack(path.join(home, 'nothing'), path.join(home, 'b.zip'))).rejects.toMatchObject({
      code: 'weights-missing',
      facts: { missing: networkNames },
    });
  });

  test('is accepted when another program has repacked it with compression', async () => {
    const anew = path.join(home, 'anew.zip');
    writeFileSync(anew, zipOf(whole.map((entry) => ({ ...entry, method: 8 }))));
    expect(await importWeights(home, anew)).toHaveLength(2);
  });

  test('is not made of a stored file that was damaged', async () => {
    await addPack(home, pack);
    const { file } = (await listWeights(home))[0]!;
    const content = readFileSync(file);
    content[content.length - 100]! ^= 1;
    writeFileSync(file, content);
    const target = path.join(home, 'b.zip');
    await expect(writePack(home, target)).rejects.toMatchObject({ code: 'bad-weights', facts: { file } });
    expect(existsSync(target)).toBe(false);
  });
});

describe('nothing is taken of a pack', () => {
  const other = (name: string): ZipEntry => ({ name, data: 'x', method: 0 });
  test.each<[string, string, () => ZipEntry[]]>([
    ['with an entry that leads elsewhere', 'weightPackDamaged', () => [...whole, other('../../outside.h5')]],
    ['with an absolute entry', 'weightPackDamaged', () => [...whole, other('/outside.h5')]],
    ['with folders', 'weightPackPath', () => [...whole, other('in/side.h5')]],
    ['with a file that it does not list', 'weightPackUnknown', () => [...whole, other('setup.sh')]],
    ['with an entry twice', 'weightPackTwice', () => [...whole, whole[2]!]],
    [
      'with a link in the place of weights',
      'weightPackKind',
      () => [...whole.slice(0, 3), { ...whole[3]!, data: '/etc/passwd', mode: 0o120777 }],
    ],
    ['that lacks a file of its list', 'weightPackMissing', () => whole.slice(0, 3)],
    [
      'with a list that is no JSON',
      'weightPackManifest',
      () => [{ ...whole[0]!, data: '{"format": 1,' }, ...whole.slice(1)],
    ],
    [
      'that lists a file elsewhere',
      'weightPackManifest',
      () => withManifest(({ files }) => (files[0]!['file'] = '../mobilenetv2.h5')),
    ],
    [
      'that lists a network twice',
      'weightPackManifest',
      () => withManifest(({ files }) => (files[1]!['network'] = 'mobilenetv2')),
    ],
    [
      'of a Falx to come',
      'weightPackNewer',
      () => withManifest((changed) => Object.assign(changed, { format: 2, falx: '9.8.7' })),
    ],
    [
      'whose list has another length',
      'weightPackLength',
      () => withManifest(({ files }) => (files[1]!['bytes'] = 1000)),
    ],
    [
      'whose list has another hash',
      'weightPackHash',
      () => withManifest(({ files }) => (files[1]!['sha256'] = 'a'.repeat(64))),
    ],
    [
      'with another file in the place of one, whose archive says it is whole',
      'weightPackHash',
      () => {
        const data = Buffer.from(whole[3]!.data!);
        data[data.length - 50]! ^= 4;
        return [...whole.slice(0, 3), { ...whole[3]!, data }];
      },
    ],
  ])('%s', async (_, is, made) => {
    const file = path.join(home, 'broken.zip');
    writeFileSync(file, zipOf(made()));
    await expect(importWeights(home, file)).rejects.toMatchObject({
      code: 'bad-weights',
      facts: { why: 'weightPackRefused', file, reason: { code: is } },
    });
    expect(kept()).toEqual([]);
    expect(readdirSync(place)).not.toContain('outside.h5');
  });

  test('whose weights are another network’s', async () => {
    const file = path.join(home, 'broken.zip');
    writeFileSync(
      file,
      zipOf(
        withManifest(({ files }) => {
          files[1]!['network'] = 'resnet50';
        }),
      ),
    );
    await expect(importWeights(home, file)).rejects.toMatchObject({ code: 'bad-weights' });
    expect(kept()).toEqual([]);
  });

  test('that was cut off, wherever', async () => {
    const file = path.join(home, 'cut.zip');
    const content = readFileSync(pack);
    for (const share of [0.001, 0.1, 0.5, 0.9, 0.9999]) {
      writeFileSync(file, content);
      truncateSync(file, Math.floor(content.length * share));
      await expect(importWeights(home, file), String(share)).rejects.toMatchObject({
        code: 'bad-weights',
        facts: { why: 'weightPackRefused', file },
      });
    }
    expect(kept()).toEqual([]);
  });

  test('in which one bit was flipped, wherever', async () => {
    const [file, one] = [path.join(home, 'flipped.zip'), path.join(home, 'one.zip')];
    await writePack(from, one, ['mobilenetv2']);
    const content = readFileSync(one);
    // Over its beginning and its directory, and throughout its content.
    const directory = content.lastIndexOf('PK\x05\x06') - 300;
    const every = (step: number, from: number, to: number) =>
      Array.from({ length: Math.ceil((to - from) / step) }, (_, at) => Math.floor(from + at * step));
    const places = [
      ...every(3, 0, 60),
      ...every(content.length / 25, 70, directory),
      ...every(7, directory, content.length),
    ];
    const taken: number[] = [];
    for (const at of places) {
      const flipped = Buffer.from(content);
      flipped[at]! ^= 1 << (at % 8);
      writeFileSync(file, flipped);
      await importWeights(home, file).then(
        () => taken.push(at),
        (error: { code: string; message: string }) => {
          expect(['bad-weights', 'unreadable-file'], `${at}: ${error.message}`).toContain(error.code);
          expect(error.message).toContain(file);
          expect(kept(), String(at)).toEqual([]);
        },
      );
      if (taken.at(-1) === at) {
        // Bits that do not affect the content, such as a date: then what was imported equals what was packed.
        expect((await listWeights(home)).map(({ sha256 }) => sha256)).toEqual([
          manifest().files[0]!['sha256'],
        ]);
        rmSync(weightsFolder(home), { recursive: true });
      }
    }
    expect(taken.length).toBeLessThan(places.length / 4);
  }, 120_000);
});
