import type { Run, RunStatus } from '../../../src-main/contract/records.ts';
import { networkTitle, t } from '../../app/messages.ts';

/** The id without its constant prefix. */
export const shortId = (run: Pick<Run, 'id'>): string => run.id.replace(/^run-/, '');

/** A run's display name: its own, else its network's and the end of its id. */
export const runTitle = (run: Pick<Run, 'id' | 'name' | 'network'>): string =>
  run.name ?? `${networkTitle(run.network)} ${shortId(run)}`;

export const statusKinds = {
  queued: 'neutral',
  running: 'info',
  interrupted: 'warn',
  stopped: 'ok',
  failed: 'danger',
  done: 'ok',
} as const satisfies Record<RunStatus, 'neutral' | 'ok' | 'warn' | 'danger' | 'info'>;

export function statusWord(status: RunStatus): string {
  switch (status) {
    case 'queued':
      return t('runs.statusQueued');
    case 'running':
      return t('runs.statusRunning');
    case 'interrupted':
      return t('runs.statusInterrupted');
    case 'stopped':
      return t('runs.statusStopped');
    case 'failed':
      return t('runs.statusFailed');
    case 'done':
      return t('runs.statusDone');
  }
}
