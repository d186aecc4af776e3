import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { emptyState, readCheckpoints, writeBest, writeCheckpoint } from '../../src-main/train/run-storage.ts';
import type { TrainState } from '../../src-main/train/run-storage.ts';

const home = mkdtempSync(join(tmpdir(), 'falx-storage-'));
afterAll(() => rmSync(home, { recursive: true }));
let folder: string;
let made = 0;
const newFolder = (): string => {
  const path = join(home, 'runs', `run-${++made}`);
  mkdirSync(path, { recursive: true });
  return path;
};
beforeEach(() => void (folder = newFolder()));

/** Replaces TensorFlow's checkpoint files. */
const save = (text: string) => (path: string) => {
  writeFileSync(`${path}.data-00000-of-00001`, text);
  writeFileSync(`${path}.index`, `index of ${text}`);
};

/** A run after some epochs, each of them the best so far and each with a checkpoint. */
function after(epochs: number): TrainState {
  let state = emptyState();
  for (let epoch = 1; epoch <= epochs; epoch++) {
    state.epoch = epoch;
    state.best = writeBest(folder, epoch, 1 / epoch, save(`best ${epoch}`));
    state = writeCheckpoint(folder, state, save(`all ${epoch}`));
  }
  return state;
}
const names = (): string[] => readdirSync(folder).sort();
function flip(file: string, bit = 3): void {
  const bytes = readFileSync(join(folder, file));
  bytes[Math.floor(bytes.length / 2)]! ^= 1 << bit;
  writeFileSync(join(folder, file), bytes);
}

describe('checkpoints', () => {
  test('are kept two at a time, each with its best epoch', () => {
    const state = after(4);
    expect(names()).toEqual(['best-3', 'best-4', 'checkpoint-3', 'checkpoint-4']);
    expect(readCheckpoints(folder)).toEqual({ state, vouched: true, damaged: [] });
  });

  test.each([
    'checkpoint-4/all.data-00000-of-00001',
    'checkpoint-4/all.index',
    'checkpoint-4/state.json',
    'checkpoint-4/stamps.json',
    'best-4/variables.data-00000-of-00001',
    'best-4/variables.index',
  ])('are taken from the older one when %s has one wrong bit, or is gone or cut off', (file) => {
    after(4);
    const spoilt = [
      () => flip(file),
      () => rmSync(join(folder, file)),
      () => writeFileSync(join(folder, file), readFileSync(join(folder, file)).subarray(0, 3)),
    ];
    const whole = folder;
    for (const spoil of spoilt) {
      folder = newFolder();
      cpSync(whole, folder, { recursive: true });
      spoil();
      const { state, damaged } = readCheckpoints(folder);
      expect(state).toMatchObject({ epoch: 3, checkpoint: 'checkpoint-3', best: { epoch: 3 } });
      // Without its stamps it was never finished, which is no damage; wrong stamps make another file look damaged.
      const told = file.endsWith('stamps.json') ? 'checkpoint-4/' : file;
      const unfinished = file.endsWith('stamps.json') && spoil === spoilt[1];
      expect(damaged).toEqual(unfinished ? [] : [expect.stringContaining(told)]);
    }
  });

  test('that are all damaged leave nothing to go on from, and say so', () => {
    after(2);
    for (const epoch of [1, 2]) flip(`checkpoint-${epoch}/all.index`);
    expect(readCheckpoints(folder)).toMatchObject({ state: null, damaged: { length: 2 } });
  });

  test('found damaged are gone after the next one is written', () => {
    after(4);
    flip('checkpoint-4/all.index');
    const { state } = readCheckpoints(folder);
    writeCheckpoint(folder, { ...state!, epoch: 6 }, save('all 6'));
    expect(names()).toEqual(['best-3', 'checkpoint-3', 'checkpoint-6']);
  });

  test('of earlier versions are taken up, also after the best weights were moved to their last place', () => {
    const { best, ...state } = after(1);
    const { files: _, ...earlier } = best!;
    rmSync(join(folder, 'checkpoint-1', 'stamps.json'));
    writeFileSync(join(folder, 'state.json'), JSON.stringify({ ...state, best: earlier }));
    expect(readCheckpoints(folder)).toMatchObject({ state: { epoch: 1 }, vouched: false, damaged: [] });
    cpSync(join(folder, 'best-1'), join(folder, 'variables'), { recursive: true });
    rmSync(join(folder, 'best-1'), { recursive: true });
    expect(readCheckpoints(folder)).toMatchObject({ state: { epoch: 1, best: { folder: 'best-1' } } });
    expect(names()).toContain('best-1');
    writeFileSync(join(folder, 'state.json'), '{"epoch":1,');
    expect(readCheckpoints(folder)).toMatchObject({ state: null, damaged: [join(folder, 'state.json')] });
  });

  test('that the disk has no room for are reported as such, and earlier ones stay', () => {
    const state = after(2);
    const full = (path: string): void => {
      writeFileSync(`${path}.data-00000-of-00001`, 'the first half');
      throw new Error('not enough memory', {
        // As TensorFlow 2.21 reports it.
        cause: new Error(
          `Session fail to run with error: ${path}.data-00000-of-00001.tempstate3767; No space left on device\n\t [[{{node ` +
            'model/SaveV2}}]]\nHint: If you want to see a list of allocated tensors when OOM happens, add ' +
            'report_tensor_allocations_upon_oom to RunOptions for current allocation info.\n',
        ),
      });
    };
    expect(() => writeCheckpoint(folder, { ...state, epoch: 3 }, full)).toThrow(
      expect.objectContaining({
        code: 'disk',
        message: expect.stringMatching(
          /checkpoint-3 could not be written \(no space is left on the disk, ENOSPC\)\. Free some space, .*resume the run/,
        ),
        facts: expect.objectContaining({ why: 'checkpointNotWritten' }),
      }),
    );
    expect(names()).toEqual(['best-1', 'best-2', 'checkpoint-1', 'checkpoint-2']);
    expect(readCheckpoints(folder)).toMatchObject({ state: { epoch: 2 }, damaged: [] });
  });
});
