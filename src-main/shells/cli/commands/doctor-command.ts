import type { DoctorReport } from '../../../contract/doctor-report.ts';
import { examine } from '../../../doctor/doctor-handlers.ts';
import type { Context } from '../main.ts';
import { bytes } from '../text.ts';

/** Exit code 1 when something keeps Falx from working. */
export async function doctor({ home, output }: Context): Promise<number> {
  const checkup = await examine(home);
  output.answer(checkup, () => lines(checkup).join('\n'));
  for (const problem of checkup.problems) output.note(`falx: ${problem}`);
  return checkup.problems.length > 0 ? 1 : 0;
}

function lines({ falx, node, workers, tensorflow, devices, cpu, home, weights }: DoctorReport): string[] {
  const line = (name: string, text: string) => `${name.padEnd(14)}${text}`;
  const build = tensorflow.build === 'gpu' ? 'with GPU support' : 'CPU build';
  return [
    line('Falx', falx),
    line('Node', `${node.version}  ${node.file}`),
    line('Workers’ Node', `${workers.version ?? 'not started'}  ${workers.file ?? ''}`),
    line('TensorFlow', tensorflow.version ? `${tensorflow.version}, ${build}` : 'not loaded'),
    ...devices.map(({ kind, name, used, reason }) =>
      line(kind === 'cpu' ? 'Processor' : 'GPU', `${name}: ${used ? 'used' : `not used. ${reason ?? ''}`}`),
    ),
    line('Instructions', cpu.features?.join(' ') ?? 'not listed by this system'),
    line(
      'Home',
      `${home.folder}${home.exists ? '' : ' (made when first needed)'}${home.writable ? '' : ', not writable'}`,
    ),
    line('Free space', home.freeBytes === null ? 'unknown' : bytes(home.freeBytes)),
    ...weights.map(({ network, file }) =>
      line('Weights', `${network}: ${file ?? 'none stored, so it trains from scratch (see "falx weights")'}`),
    ),
  ];
}
