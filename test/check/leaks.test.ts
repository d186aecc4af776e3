import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { patientsOf, splitTable } from '../../src-main/folder-audit/folder-audit.ts';
import { evidenceOf } from '../../src-main/check/scan-groups.ts';
import { between, leaksOf } from '../../src-main/check/leaks.ts';
import { checkView } from '../../src-main/check/view.ts';
import type { Change } from '../../src-main/contract/check.ts';
import type { Part } from '../../src-main/contract/records.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { addDataset, HEALTHY, newRegistry, putTwins, TUMOUR, type Made } from './dataset.ts';

let made: Made;
beforeAll(() => {
  made = newRegistry();
});
afterAll(() => made.remove());

/** 300 images in groups of one to five, randomly assigned to sets image by image. */
function randomlyAssigned(id: string, parts: readonly Part[]) {
  const random = randomFrom(1, id);
  const told = Array.from({ length: 300 }, (_, at) => ({
    name: `${at}.png`,
    className: at % 3 ? TUMOUR : HEALTHY,
    given: parts[Math.floor(random() * parts.length)]!,
    scan: Math.floor(random() * 150),
  }));
  const ids = addDataset(made.registry, id, told);
  const firsts = new Map<number, string>();
  const pairs: [number, number][] = [];
  for (const { name, scan } of told) {
    const first = firsts.get(scan);
    if (first === undefined) firsts.set(scan, name);
    else pairs.push([ids.get(first)!, ids.get(name)!]);
  }
  putTwins(made.registry, id, pairs);
  return told;
}

describe('leaks', () => {
  test('are the test images that any train or validation image shares a scan with, each with one of those', () => {
    const told = randomlyAssigned('ds-parts', ['train', 'train', 'train', 'validation', 'test']);
    const leaks = leaksOf(evidenceOf(made.registry, 'ds-parts'));
    // Every pair of images, one after another.
    const expected = told.filter(
      (image) =>
        image.given === 'test' && told.some((other) => other.given !== 'test' && other.scan === image.scan),
    );
    const nameOf = (file: string) => file.replace(/^.*\//, '');
    expect(leaks.map(({ image }) => nameOf(image.file)).sort()).toEqual(
      expected.map(({ name }) => name).sort(),
    );
    expect(expected.length).toBeGreaterThan(20);
    for (const { image, twin } of leaks) {
      expect(twin.givenPart).not.toBe('test');
      const [one, other] = [image, twin].map(
        ({ file }) => told.find(({ name }) => name === nameOf(file))!.scan,
      );
      expect(one).toBe(other);
    }
    expect(checkView(made.registry, 'ds-parts').leaked).toEqual({
      count: leaks.length,
      of: told.filter(({ given }) => given === 'test').length,
    });
  });

  test('leave out what was dropped, on either side', () => {
    const ids = addDataset(made.registry, 'ds-dropped', [
      { name: 'a', given: 'train' },
      { name: 'b', given: 'test' },
      { name: 'c', given: 'train' },
      { name: 'd', given: 'test' },
    ]);
    putTwins(made.registry, 'ds-dropped', [
      [ids.get('a')!, ids.get('b')!],
      [ids.get('c')!, ids.get('d')!],
    ]);
    made.registry.checks.decide('ds-dropped', 'drop', [ids.get('a')!, ids.get('d')!]);
    expect(leaksOf(evidenceOf(made.registry, 'ds-dropped'))).toEqual([]);
  });

  test('name the nearest: the same file before one laid over, that before one by way of a third', () => {
    const ids = addDataset(made.registry, 'ds-near', [
      { name: 'first', given: 'train' },
      { name: 'by-third', given: 'train' },
      { name: 'test', given: 'test' },
      { name: 'copied', given: 'test', contents: 'x' },
      { name: 'copy', given: 'validation', contents: 'x' },
    ]);
    const id = (name: string) => ids.get(name)!;
    putTwins(made.registry, 'ds-near', [
      [id('first'), id('by-third')],
      [id('first'), id('test')],
      [id('first'), id('copied')],
    ]);
    const leaks = leaksOf(evidenceOf(made.registry, 'ds-near'));
    expect(
      leaks.map(({ image, twin, exact, correlation }) => [image.file, twin.file, exact, correlation]),
    ).toEqual([
      ['Healthy/copied', 'Healthy/copy', true, 1],
      ['Healthy/test', 'Healthy/first', false, 0.98],
    ]);
  });
});

test('patients leak where one is in the test part and in another', () => {
  addDataset(made.registry, 'ds-patients', [
    { name: 'a', given: 'train', patient: 'p' },
    { name: 'b', given: 'test', patient: 'p' },
    { name: 'c', given: 'test', patient: 'p' },
    { name: 'd', given: 'test', patient: 'q' },
    { name: 'e', given: 'validation', patient: 'r' },
    { name: 'f', given: 'test' },
  ]);
  expect(patientsOf(made.registry, 'ds-patients')).toEqual({ known: 3, testImages: 2 });
  expect(patientsOf(made.registry, 'ds-near')).toBeNull();
});

test('a random 80/20 split leaks as much as is reckoned: the mean of 4,000 drawn ones', () => {
  const told = randomlyAssigned('ds-whole', ['train']);
  const { randomLeak } = checkView(made.registry, 'ds-whole');
  const random = randomFrom(2, 'draws');
  let leaked = 0;
  const draws = 4000;
  for (let draw = 0; draw < draws; draw += 1) {
    const order = told.map(({ scan }) => ({ scan, key: random() })).sort((a, b) => a.key - b.key);
    const trained = new Set(order.slice(60).map(({ scan }) => scan));
    leaked += order.slice(0, 60).filter(({ scan }) => trained.has(scan)).length;
  }
  expect(randomLeak!.of).toBe(60);
  // The mean of as many draws has a standard error of about 0.06.
  expect(Math.abs(leaked / draws - randomLeak!.count)).toBeLessThan(0.25);
});

test('what makes one image of another is what matrices make of the ways from a third', () => {
  /** Mirrors left to right, then rotates; y down, so clockwise is positive. */
  const matrix = ({ mirrored, turned, rotated }: Change) => {
    const angle = ((turned + rotated) * Math.PI) / 180;
    const x = mirrored ? -1 : 1;
    return [x * Math.cos(angle), -Math.sin(angle), x * Math.sin(angle), Math.cos(angle)] as const;
  };
  const changes = [false, true].flatMap((mirrored) =>
    ([0, 90, 180, 270] as const).flatMap((turned) =>
      [-15, 0, 8].map((rotated) => ({ mirrored, turned, rotated })),
    ),
  );
  for (const from of changes)
    for (const to of changes) {
      const [a, b, c, d] = matrix(from);
      const [p, q, r, s] = matrix(to);
      // to × from⁻¹, the inverse of an orthogonal matrix being its transpose.
      const expected = [p * a + q * b, p * c + q * d, r * a + s * b, r * c + s * d];
      matrix(between(from, to)!).forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 9));
    }
});

test('writes a split as a table that any program reads, names with commas and quotes too', () => {
  const ids = addDataset(made.registry, 'ds-table', [
    { name: 'b, "left".png', given: 'train' },
    { name: 'a.png', given: 'test' },
    { name: 'c.png', given: 'test', className: TUMOUR },
    { name: 'd.png', given: 'train', className: TUMOUR },
    { name: 'e.png', given: 'train' },
  ]);
  putTwins(made.registry, 'ds-table', [[ids.get('b, "left".png')!, ids.get('a.png')!]]);
  made.registry.checks.decide('ds-table', 'drop', [ids.get('b, "left".png')!]);
  const split = makeSplit({ registry: made.registry, datasetId: 'ds-table', useGiven: true, validation: 0 });
  expect(splitTable(made.registry, split)).toBe(
    [
      'file,class,part,group',
      'Brain Tumor/c.png,Brain Tumor,test,2',
      'Brain Tumor/d.png,Brain Tumor,train,3',
      'Healthy/a.png,Healthy,test,1',
      '"Healthy/b, ""left"".png",Healthy,,1',
      'Healthy/e.png,Healthy,train,4',
      '',
    ].join('\r\n'),
  );
});
