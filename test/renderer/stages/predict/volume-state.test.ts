import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Prediction } from '../../../../src-main/contract/records.ts';
import type { PastScan } from '../../../../src-renderer/stages/predict/answers.ts';
import { VolumeState } from '../../../../src-renderer/stages/predict/volume-state.svelte.ts';

/** Scans asked about, and which of them the other models were asked about. */
function asked(probabilities: readonly (number | null | 'refused')[], besides: readonly string[] = []) {
  const slices = probabilities.map((_, at) => `/scans/head.dcm#${at + 1}`);
  const scans = {
    files: [...slices, ...besides],
    shownFile: slices[1] ?? null,
    past: null as PastScan | null,
    mainAnswer(file: string): Prediction | undefined {
      const told = probabilities[slices.indexOf(file)];
      if (told === undefined || told === null) return undefined;
      const answer = { probability: 0.9, answer: 'refused', threshold: 0.4 };
      return (
        told === 'refused' ? answer : { ...answer, probability: told, answer: 'positive' }
      ) as Prediction;
    },
    shown: [] as string[],
    async show(file: string): Promise<void> {
      scans.past = null;
      scans.shownFile = file;
      scans.shown.push(file);
      await Promise.resolve();
    },
  };
  return { scans, slices, volume: new VolumeState(scans) };
}

describe('a volume', () => {
  test('is the file that the shown slice is of, without other scans', () => {
    const { scans, slices, volume } = asked([0.1, 0.2, 0.3], ['/scans/one.png', '/scans/head.dcm.png']);
    expect(volume.slices).toEqual(slices);
    expect(volume.at).toBe(1);
    scans.shownFile = '/scans/one.png';
    expect(asked([], ['/scans/one.png']).volume.slices).toEqual([]);
  });

  test('is a DICOM series of a file a slice, once all files are answered', () => {
    const { scans } = asked([], ['/scans/b', '/scans/one.png', '/scans/a', '/scans/c']);
    const volume = (answered: readonly string[]) =>
      new VolumeState({
        ...scans,
        shownFile: '/scans/b',
        mainAnswer: (file) =>
          answered.includes(file)
            ? ({
                file,
                probability: 0.5,
                ...(!file.endsWith('.png') && {
                  slice: { series: 's', contrast: '', at: file.charCodeAt(7) },
                }),
              } as Prediction)
            : undefined,
      });
    expect(volume(['/scans/b', '/scans/a', '/scans/c']).slices).toEqual([]);
    expect(volume(scans.files).slices).toEqual(['/scans/a', '/scans/b', '/scans/c']);
    expect(volume(scans.files)).toMatchObject({ at: 1, done: 3, whole: { probability: 0.5 } });
  });

  test('has an answer once each of its slices has one', () => {
    expect(asked([0.1, null, 0.3]).volume).toMatchObject({ done: 2, whole: null, threshold: 0.4 });
    // (0.2 + 0.9 + 0.7) / 3
    expect(asked([0.1, 0.2, 0.9, 0.7, 'refused']).volume).toMatchObject({
      done: 5,
      whole: { probability: expect.closeTo(0.6, 12) as number, at: 2, refused: 1, isRefused: false },
      top: [2, 3, 1, 0],
    });
  });
});

describe('going to a slice', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('asks the other models about the one that somebody rests at', async () => {
    const { scans, slices, volume } = asked([0.1, 0.2, 0.3, 0.4]);
    volume.to(2);
    await vi.advanceTimersByTimeAsync(300);
    volume.to(3);
    volume.to(4);
    expect(scans.shownFile).toBe(slices[3]);
    await vi.advanceTimersByTimeAsync(300);
    expect(scans.shown).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(scans.shown).toEqual([slices[3]]);
  });

  test('does not take back who has gone on to another scan', async () => {
    const { scans, volume } = asked([0.1, 0.2, 0.3], ['/scans/one.png']);
    volume.to(2);
    scans.shownFile = '/scans/one.png';
    await vi.advanceTimersByTimeAsync(1000);
    expect(scans.shownFile).toBe('/scans/one.png');
  });

  test('nor who looks at one of the past', async () => {
    const { scans, volume } = asked([0.1, 0.2, 0.3]);
    volume.to(2);
    scans.past = { file: '/scans/old.png' } as PastScan;
    await vi.advanceTimersByTimeAsync(1000);
    expect(scans.past).not.toBeNull();
  });
});
