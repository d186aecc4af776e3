import type { DoctorReport, Device } from '../../../src-main/contract/doctor-report.ts';
import type { Preferences } from '../../../src-main/contract/views.ts';

/** A message of the core: its English text, and the facts by which the window translates it. */
type CoreMessage = { message: string; facts: Record<string, unknown> | null };

/** The device used for training and prediction, and why. */
export type Verdict =
  | { on: 'gpu'; names: string[] }
  /** @prop chosen the processor was chosen although a GPU is usable. @prop why no GPU is usable. */
  | { on: 'cpu'; chosen: boolean; why: CoreMessage | null; gpuBuildMissing: boolean }
  | { on: 'none' };

export function verdictOn(
  { devices }: Pick<DoctorReport, 'devices'>,
  preference: Preferences['device'],
): Verdict {
  const gpus = devices.filter(({ kind }) => kind === 'gpu');
  const working = gpus.filter(({ used }) => used);
  const cpu = devices.find(({ kind }) => kind === 'cpu');
  if (working.length > 0)
    return preference === 'cpu'
      ? { on: 'cpu', chosen: true, why: null, gpuBuildMissing: false }
      : { on: 'gpu', names: working.map(({ name }) => name) };
  if (!cpu?.used) return { on: 'none' };
  const reasons = gpus.filter((gpu): gpu is Device & { reason: string } => gpu.reason !== null);
  return {
    on: 'cpu',
    chosen: false,
    why: reasons[0] ? { message: reasons[0].reason, facts: reasons[0].facts } : null,
    gpuBuildMissing: reasons.some(({ facts }) => facts?.['why'] === 'gpuBuild'),
  };
}
