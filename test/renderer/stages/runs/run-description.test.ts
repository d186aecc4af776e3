import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Describing } from '../../../../src-renderer/stages/runs/describing.svelte.ts';
import { runView } from './run-records.ts';

type Change = Parameters<ConstructorParameters<typeof Describing>[1]>[0];

/** A core that keeps what it is told, or is out of reach. */
function core() {
  const told: Change[] = [];
  const state = { reachable: true };
  const save = async (change: Change) => {
    if (!state.reachable) throw new Error('The line is broken.');
    told.push(change);
    return await Promise.resolve(runView({ id: change.runId }));
  };
  return { told, state, save };
}

const { run } = runView({ id: 'run-a', notes: 'before', tags: ['old'] });

describe('the words of a run', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('are saved once the typing pauses, not with each key', async () => {
    const { told, save } = core();
    const words = new Describing(run, save);
    words.write('b');
    await vi.advanceTimersByTimeAsync(500);
    words.write('be');
    expect(words.saving).toBe('soon');
    await vi.advanceTimersByTimeAsync(500);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(told).toEqual([{ runId: 'run-a', notes: 'be' }]);
    expect(words.saving).toBe('done');
  });

  test('are saved at once when the run is left', async () => {
    const { told, save } = core();
    const words = new Describing(run, save);
    words.write('typed and gone');
    words.rename('  Best so far ');
    await words.flush();
    expect(told).toEqual([{ runId: 'run-a', notes: 'typed and gone', name: 'Best so far' }]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(told).toHaveLength(1);
  });

  test('an empty name gives the run its id back', async () => {
    const { told, save } = core();
    const words = new Describing(run, save);
    words.rename('   ');
    await words.flush();
    expect(told).toEqual([{ runId: 'run-a', name: null }]);
  });

  test('a tag is added once, and taken away', async () => {
    const { told, save } = core();
    const words = new Describing(run, save);
    words.addTag(' new ');
    words.addTag('old');
    words.addTag('');
    await words.flush();
    words.removeTag('old');
    await words.flush();
    expect(told.map(({ tags }) => tags)).toEqual([['old', 'new'], ['new']]);
  });

  test('nothing is lost while the core is out of reach', async () => {
    const { told, state, save } = core();
    const words = new Describing(run, save);
    state.reachable = false;
    words.write('kept');
    await vi.advanceTimersByTimeAsync(600);
    expect(words.error?.message).toBe('The line is broken.');
    state.reachable = true;
    await words.flush();
    expect(words.error).toBeUndefined();
    expect(told).toEqual([{ runId: 'run-a', notes: 'kept' }]);
  });

  test('follow another window, but not over what is being typed', async () => {
    const { save } = core();
    const words = new Describing(run, save);
    words.follow({ ...run, notes: 'from elsewhere' });
    expect(words.notes).toBe('from elsewhere');
    words.write('mine');
    words.follow({ ...run, notes: 'from elsewhere again' });
    expect(words.notes).toBe('mine');
    await words.flush();
    words.follow({ ...run, notes: 'mine', name: 'Named elsewhere' });
    expect(words).toMatchObject({ notes: 'mine', name: 'Named elsewhere' });
  });

  test('the space before the next word of a name stays', async () => {
    const { save } = core();
    const words = new Describing(run, save);
    words.rename('Best ');
    await words.flush();
    words.follow({ ...run, name: 'Best' });
    expect(words.name).toBe('Best ');
  });
});
