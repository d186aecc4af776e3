import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  addWeights,
  listWeights,
  storedWeights,
  weightsFolder,
} from '../../../src-main/networks/weights/weights-store.ts';
import { writeWeightFile } from './weights-fixtures.ts';

let folder: string;
let home: string;
let given: string;
let other: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'falx-store-'));
  given = join(folder, 'from a colleague.h5');
  other = join(folder, 'newer.h5');
  await writeWeightFile(given, 'mobilenetv2');
  await writeWeightFile(other, 'mobilenetv2', { value: 0.2 });
});
beforeEach(async () => {
  home = await mkdtemp(join(folder, 'home-'));
});
afterAll(() => rm(folder, { recursive: true }));

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
const kept = (): string[] => readdirSync(weightsFolder(home)).sort();

describe('the weight store', () => {
  it('takes a file in, recognises its network and records where it came from', async () => {
    const added = await addWeights(home, given);
    expect(added).toMatchObject({
      network: 'mobilenetv2',
      source: given,
      sha256: sha256(given),
      intact: true,
    });
    expect(sha256(added.file)).toBe(added.sha256);
    expect(await storedWeights(home, 'mobilenetv2')).toEqual(added);
    expect(await listWeights(home)).toEqual([added]);
    expect(await storedWeights(home, 'resnet50')).toBeNull();
  });

  it('has nothing in a new home', async () => {
    expect(await listWeights(join(home, 'not there yet'))).toEqual([]);
  });

  it('lets a newer file take the place of an older one, and keeps one of each', async () => {
    const first = await addWeights(home, given);
    const second = await addWeights(home, other);
    expect(second.sha256).not.toBe(first.sha256);
    expect(await storedWeights(home, 'mobilenetv2')).toEqual(second);
    expect(kept()).toEqual([`mobilenetv2-${second.sha256.slice(0, 12)}.h5`, 'mobilenetv2.json']);
    await addWeights(home, other);
    expect(kept()).toHaveLength(2);
  });

  it('refuses a wrong file, naming it and the layer, and changes nothing', async () => {
    const added = await addWeights(home, given);
    const wrong = join(folder, 'wrong.h5');
    await writeWeightFile(wrong, 'mobilenetv2', { left: ['block_9_project'] });
    await expect(addWeights(home, wrong)).rejects.toMatchObject({
      code: 'bad-weights',
      facts: { file: wrong, layer: 'block_9_project' },
    });
    await expect(addWeights(home, join(folder, 'nowhere.h5'))).rejects.toMatchObject({
      code: 'unreadable-file',
    });
    await expect(addWeights(home, folder)).rejects.toMatchObject({ code: 'unreadable-file' });
    expect(await storedWeights(home, 'mobilenetv2')).toEqual(added);
    expect(kept()).toHaveLength(2);
  });

  it('says so when a stored file has lost its end or has gone', async () => {
    const { file } = await addWeights(home, given);
    truncateSync(file, 1000);
    await expect(storedWeights(home, 'mobilenetv2')).rejects.toMatchObject({
      code: 'weights-missing',
      facts: { file },
    });
    expect(await listWeights(home)).toMatchObject([{ network: 'mobilenetv2', intact: false }]);
    await rm(file);
    await expect(storedWeights(home, 'mobilenetv2')).rejects.toMatchObject({ code: 'weights-missing' });
    await addWeights(home, given);
    expect(await storedWeights(home, 'mobilenetv2')).toMatchObject({ intact: true });
  });

  it('says so when a record is damaged', async () => {
    await addWeights(home, given);
    const record = join(weightsFolder(home), 'mobilenetv2.json');
    writeFileSync(record, '{"network": "mobi');
    await expect(listWeights(home)).rejects.toMatchObject({
      code: 'unreadable-file',
      facts: { file: record },
    });
    await expect(addWeights(home, given)).rejects.toMatchObject({
      code: 'unreadable-file',
      facts: { file: record },
    });
  });
});
