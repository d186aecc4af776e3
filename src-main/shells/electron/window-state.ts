import path from 'node:path';
import { z } from 'zod';
import type { Electron, Window } from './electron.ts';
import { readState, writeState } from './saved-state.ts';

const WindowState = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().min(1),
  height: z.int().min(1),
  maximised: z.boolean(),
});
type WindowState = z.infer<typeof WindowState>;

/** Pixels. The smallest size that the page supports, and the initial one. */
const smallest = { width: 1024, height: 700 };
const usual = { width: 1360, height: 900 };

/** Pixels of the title bar that must be on a screen, so that a window can be moved back after a screen was removed. */
const grip = 64;

const fileOf = (home: string) => path.join(home, 'window.json');

export type WindowPlacement = {
  width: number;
  height: number;
  minWidth: number;
  minHeight: number;
  x?: number;
  y?: number;
};

/** The window's last position, if there is still a screen. */
export function placing(home: string, screen: Pick<Electron['screen'], 'getAllDisplays'>): WindowPlacement {
  const least = { minWidth: smallest.width, minHeight: smallest.height };
  const state = read(home);
  if (!state) return { ...usual, ...least };
  const { x, y } = state;
  const size = {
    width: Math.max(state.width, smallest.width),
    height: Math.max(state.height, smallest.height),
  };
  const reachable = screen
    .getAllDisplays()
    .some(
      ({ workArea: area }) =>
        x + size.width > area.x + grip &&
        x < area.x + area.width - grip &&
        y >= area.y - grip / 2 &&
        y < area.y + area.height - grip,
    );
  return { ...size, ...least, ...(reachable ? { x, y } : {}) };
}

export const wasMaximised = (home: string): boolean => read(home)?.maximised ?? false;

/** Stores the window's position. */
export function keepPlace(home: string, window: Pick<Window, 'getNormalBounds' | 'isMaximized'>): void {
  const { x, y, width, height } = window.getNormalBounds();
  const state: WindowState = { x, y, width, height, maximised: window.isMaximized() };
  writeState(fileOf(home), state);
}

/** Null at the first start: the window opens with its initial size. */
const read = (home: string): WindowState | null => readState(fileOf(home), WindowState);
