import type { DoctorReport, Device } from '../../../src-main/contract/doctor-report.ts';
import type { Preferences } from '../../../src-main/contract/views.ts';

/** A sentence of the core, and by which a window words it. */
type Told = { message: string; facts: Record<string, unknown> | null };

/** What training and prediction run on, and why. */
export type Verdict =
  | { on: 'gpu'; names: string[] }
  /** @prop chosen a GPU would work, and was chosen against. @prop why no GPU is used, when none would work. */
  | { on: 'cpu'; chosen: boolean; why: Told | null; gpuBuildMissing: boolean }
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
