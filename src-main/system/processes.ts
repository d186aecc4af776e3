/**
 * Whether what a process began, and named by its number, was left behind by one that has died. Numbers come again: in a
 * container every process may have the same.
 * @param busy whether this process is at it itself.
 */
export const isLeftBehind = (pid: number, busy: boolean): boolean =>
  pid === process.pid ? !busy : !isAlive(pid);

/** Whether a process is there, another user's too. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
