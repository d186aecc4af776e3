import { FalxError } from '../contract/errors.ts';
import { workOf } from '../system/processes.ts';

/** How a worker is watched. Checks are counted, not time: while the machine sleeps there are none. */
export type Watch = {
  /** Milliseconds between two checks. */
  every: number;
  /** Consecutive checks that find it stopped, after which it is given up; and once it was told to end. */
  stopped: number;
  stoppedEnding: number;
  /** Consecutive checks in which it has used no processor time, though it has something to do. */
  idle: number;
  /** How to check a process; from the system when left out. */
  look?: typeof workOf;
};

/** Stopped for 10 s, 2 s once it was told to end; without any work for 2 minutes, as on a hung driver or disk. */
export const usualWatch: Watch = { every: 500, stopped: 20, stoppedEnding: 4, idle: 240 };

/**
 * Watches a worker through its whole life. One in a long step uses processor time; one that is stopped, or that waits forever, does
 * not. (Linux only: elsewhere it does nothing.)
 * @param has what it is doing now: nothing (it waits for requests), something, or ending.
 * @param giveUp called once.
 * @returns the function to end the watch.
 */
export function watchWorker(
  pid: number,
  has: () => 'nothing' | 'work' | 'to end',
  giveUp: (how: 'stopped' | 'idle') => void,
  watch: Watch = usualWatch,
): () => void {
  let [stopped, idle, ticks] = [0, 0, -1];
  const timer = setInterval(() => {
    const work = (watch.look ?? workOf)(pid);
    const doing = has();
    if (!work || doing === 'nothing') return void ([stopped, idle, ticks] = [0, 0, -1]);
    stopped = work.stopped ? stopped + 1 : 0;
    idle = work.ticks === ticks ? idle + 1 : 0;
    ticks = work.ticks;
    const patience = doing === 'to end' ? watch.stoppedEnding : watch.stopped;
    const how = stopped >= patience ? 'stopped' : idle >= watch.idle ? 'idle' : null;
    if (how === null) return;
    clearInterval(timer);
    giveUp(how);
  }, watch.every);
  timer.unref();
  return () => clearInterval(timer);
}

/** What a worker was doing, with which run or network, and its log. */
export type Work = {
  work:
    'training' | 'trying' | 'previewing' | 'predicting' | 'exporting' | 'importing' | 'loading' | 'verifying';
  of: string;
  log: string;
};

export const workerHung = (work: Work, how: 'stopped' | 'idle'): FalxError =>
  new FalxError('workerHung', { ...work, how });
