import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RunDescriptionState } from '../../../../src-renderer/stages/runs/run-description.svelte.ts';
import { runView } from './run-records.ts';

type Change = Parameters<ConstructorParameters<typeof RunDescriptionState>[1]>[0];

/** A core that stores what it receives, or is unreachable. */
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

describe('the description of a run', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('are saved once the typing pauses, not with each key', async () => {
    const { told, save } = core();
    const description = new RunDescriptionState(run, save);
    description.write('b');
    await vi.advanceTimersByTimeAsync(500);
    description.write('be');
    expect(description.saving).toBe('soon');
    await vi.advanceTimersByTimeAsync(500);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(told).toEqual([{ runId: 'run-a', notes: 'be' }]);
    expect(description.saving).toBe('done');
  });

  test('are saved at once when the run is left', async () => {
    const { told, save } = core();
    const description = new RunDescriptionState(run, save);
    description.write('typed and gone');
    description.rename('  Best so far ');
    await description.flush();
    expect(told).toEqual([{ runId: 'run-a', notes: 'typed and gone', name: 'Best so far' }]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(told).toHaveLength(1);
  });

  test('an empty name gives the run its id back', async () => {
    const { told, save } = core();
    const description = new RunDescriptionState(run, save);
    description.rename('   ');
    await description.flush();
    expect(told).toEqual([{ runId: 'run-a', name: null }]);
  });

  test('a tag is added once, and taken away', async () => {
    const { told, save } = core();
    const description = new RunDescriptionState(run, save);
    description.addTag(' new ');
    description.addTag('old');
    description.addTag('');
    await description.flush();
    description.removeTag('old');
    await description.flush();
    expect(told.map(({ tags }) => tags)).toEqual([['old', 'new'], ['new']]);
  });

  test('nothing is lost while the core is out of reach', async () => {
    const { told, state, save } = core();
    const description = new RunDescriptionState(run, save);
    state.reachable = false;
    description.write('kept');
    await vi.advanceTimersByTimeAsync(600);
    expect(description.error?.message).toBe('The line is broken.');
    state.reachable = true;
    await description.flush();
    expect(description.error).toBeUndefined();
    expect(told).toEqual([{ runId: 'run-a', notes: 'kept' }]);
  });

  test('follow another window, but not over what is being typed', async () => {
    const { save } = core();
    const description = new RunDescriptionState(run, save);
    description.follow({ ...run, notes: 'from elsewhere' });
    expect(description.notes).toBe('from elsewhere');
    description.write('mine');
    description.follow({ ...run, notes: 'from elsewhere again' });
    expect(description.notes).toBe('mine');
    await description.flush();
    description.follow({ ...run, notes: 'mine', name: 'Named elsewhere' });
    expect(description).toMatchObject({ notes: 'mine', name: 'Named elsewhere' });
  });

  test('the space before the next word of a name stays', async () => {
    const { save } = core();
    const description = new RunDescriptionState(run, save);
    description.rename('Best ');
    await description.flush();
    description.follow({ ...run, name: 'Best' });
    expect(description.name).toBe('Best ');
  });
});
