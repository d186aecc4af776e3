import { FalxError } from '../contract/errors.ts';
import { workOf } from '../system/processes.ts';

/** How a worker is watched. Looks are counted, not time: while the machine sleeps nobody looks. */
export type Watch = {
  /** Milliseconds between two looks. */
  every: number;
  /** Looks in a row that find it stopped, after which it is given up; and once it was asked to end. */
  stopped: number;
  stoppedEnding: number;
  /** Looks in a row in which it has used nothing of the processor, though it has something to do. */
  idle: number;
  /** How it is seen what a process does; by the system where left out. */
  look?: typeof workOf;
};

/** Stopped for 10 s, 2 s once it was asked to end; without any work done for 2 minutes, as on a driver or disk that hangs. */
export const usualWatch: Watch = { every: 500, stopped: 20, stoppedEnding: 4, idle: 240 };

/**
 * Watches a worker through its whole life. One that is at a long step works, which the system counts; one that is stopped, or
 * that waits for ever, does not. (Linux only: elsewhere nothing tells, and nothing is done.)
 * @param has what it is doing now: nothing (it waits to be asked), something, or ending.
 * @param giveUp called once.
 * @returns how to end the watch.
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

/** What a worker was doing, with which run or network, and where it prints to. */
export type Work = {
  work:
    'training' | 'trying' | 'previewing' | 'predicting' | 'exporting' | 'importing' | 'loading' | 'verifying';
  of: string;
  log: string;
};

export const workerHung = (work: Work, how: 'stopped' | 'idle'): FalxError =>
  new FalxError('workerHung', { ...work, how });
