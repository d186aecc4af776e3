import { expect, test } from 'vitest';
import type { CheckView } from '../../../../src-main/contract/check.ts';
import { appWith, held, settled } from '../../in-a-window.ts';

const view = (left: number) => ({ undo: left > 0 ? {} : null, redo: null }) as CheckView;

async function screenWith(check: object) {
  await appWith({ check: { get: () => Promise.resolve(view(3)), ...check } });
  const { CheckScreen } = await import('../../../../src-renderer/stages/check/check-state.svelte.ts');
  const screen = new CheckScreen('ds-1');
  await settled();
  return screen;
}

test('three quick presses undo three decisions, and a fourth finds none', async () => {
  const undone = held<CheckView>();
  const screen = await screenWith({ undo: undone.ask });
  const presses = [screen.undo(), screen.undo(), screen.undo(), screen.undo()];
  for (const left of [2, 1, 0]) {
    await settled();
    await undone.answer(view(left), 2 - left);
  }
  expect(await Promise.all(presses)).toEqual([true, true, true, false]);
  expect(undone.times).toBe(3);
  expect(screen.deciding).toBe(false);
});

test('a decision that is made while another is on its way is made after it', async () => {
  const decided = held<CheckView>();
  const screen = await screenWith({ decide: decided.ask });
  const both = [screen.decide('drop', [1]), screen.decide('keep', [2])];
  await settled();
  expect([decided.times, screen.deciding]).toEqual([1, true]);
  await decided.answer(view(1), 0);
  await decided.answer(view(2), 1);
  expect(await Promise.all(both)).toEqual([true, true]);
});

test('a key pressed twice decides once; pressed again after another decision, it decides again', async () => {
  const decided = held<CheckView>();
  const screen = await screenWith({ decide: decided.ask, undo: () => Promise.resolve(view(0)) });
  const presses = [
    screen.decide('drop', [1]),
    screen.decide('drop', [1]),
    screen.undo(),
    screen.decide('drop', [1]),
  ];
  await settled();
  await decided.answer(view(1), 0);
  await decided.answer(view(1), 1);
  expect(await Promise.all(presses)).toEqual([true, false, true, true]);
  expect(decided.times).toBe(2);
});
