import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Prediction } from '../../../../src-main/contract/records.ts';
import type { RunView } from '../../../../src-main/contract/views.ts';
import { appWith, held } from '../../in-a-window.ts';

const model = { view: { run: { id: 'run-1' } } as RunView };
const answerOn = (file: string) => ({ file, probability: 0.9 }) as Prediction;

async function stateWith(predict: object, host = {}) {
  await appWith({ predict }, host);
  const { PredictState } = await import('../../../../src-renderer/stages/predict/predict-state.svelte.ts');
  return new PredictState();
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a watched folder', () => {
  const lookedAt = vi.fn(() => Promise.resolve({ files: ['/w/a.png'] }));

  test('that was left while its scans were answered stays left', async () => {
    const answers = held<Prediction[]>();
    const state = await stateWith({ scansIn: lookedAt, scans: answers.ask });
    void state.watch('/w', model, []);
    await vi.advanceTimersByTimeAsync(2000);
    expect([state.watched, answers.times]).toEqual(['/w', 1]);
    state.unwatch();
    await answers.answer([answerOn('/w/a.png')]);
    expect(state.watched).toBeNull();
    lookedAt.mockClear();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(lookedAt).not.toHaveBeenCalled();
  });

  test('says why its scans could not be answered', async () => {
    const state = await stateWith({ scansIn: lookedAt, scans: () => Promise.reject(new Error('no memory')) });
    void state.watch('/w', model, []);
    await vi.advanceTimersByTimeAsync(2000);
    expect(state.error?.message).toBe('no memory');
    state.unwatch();
  });
});

describe('scans that are dropped', () => {
  test('are not asked about any more once others were dropped', async () => {
    const sent = held<{ folder: null; files: string[] }>();
    const state = await stateWith({}, { take: sent.ask });
    const [slow, quick] = [state.take([]), state.take([])];
    await sent.answer({ folder: null, files: ['quick.png'] }, 1);
    await sent.answer({ folder: null, files: ['slow.png'] }, 0);
    expect([await slow, await quick, state.sending]).toEqual([null, ['quick.png'], null]);
  });
});
