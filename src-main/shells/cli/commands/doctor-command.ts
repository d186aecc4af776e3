import type { DoctorReport } from '../../../contract/doctor-report.ts';
import { messageOfWorded } from '../../../contract/errors.ts';
import type { ParametersOf } from '../../../contract/messages/catalogue.ts';
import { examine } from '../../../doctor/doctor-handlers.ts';
import type { Context } from '../main.ts';
import type { Speech } from '../output.ts';
import { bytes, padded } from '../text.ts';

/** Exit code 1 if something keeps Falx from working. */
export async function doctor({ home, output }: Context): Promise<number> {
  const checkup = await examine(home);
  output.answer(checkup, () => doctorLines(checkup, output).join('\n'));
  for (const problem of checkup.told) output.note(`falx: ${output.words(messageOfWorded(problem))}`);
  return checkup.problems.length > 0 ? 1 : 0;
}

/** The doctor's findings, one line each. */
export function doctorLines(
  { falx, node, workers, tensorflow, devices, cpu, home, weights }: DoctorReport,
  { say, words }: Speech,
): string[] {
  const line = (name: string, text: string) => `${padded(name, 14)}${text}`;
  const row = (of: ParametersOf<'doctorRow'>['of'], text: string) => line(say('doctorRow', { of }), text);
  const state = ({ kind, name: known, used, reason, facts }: DoctorReport['devices'][number]) => {
    const name =
      kind === 'cpu'
        ? say('doctorProcessor', { model: cpu.model, cores: String(cpu.cores) })
        : known === 'none'
          ? say('gpuNoneHere', {})
          : known;
    const why = reason === null ? '' : words(messageOfWorded({ message: reason, facts }));
    return used ? say('doctorUsed', { name }) : say('doctorUnused', { name, reason: why });
  };
  return [
    line('Falx', falx),
    line('Node', `${node.version}  ${node.file}`),
    row('workers', `${workers.version ?? say('doctorNotStarted', {})}  ${workers.file ?? ''}`),
    line(
      'TensorFlow',
      tensorflow.version
        ? say('doctorTensorflow', {
            version: tensorflow.version,
            build: tensorflow.build === 'gpu' ? 'gpu' : 'cpu',
          })
        : say('doctorNotLoaded', {}),
    ),
    ...devices.map((device) =>
      device.kind === 'cpu' ? row('processor', state(device)) : line('GPU', state(device)),
    ),
    row('instructions', cpu.features?.join(' ') ?? say('doctorNoInstructions', {})),
    row(
      'home',
      say('doctorHome', {
        folder: home.folder,
        there: home.exists ? 'yes' : 'no',
        writable: home.writable ? 'yes' : 'no',
      }),
    ),
    row('free', home.freeBytes === null ? say('doctorUnknown', {}) : bytes(home.freeBytes)),
    ...weights.map(({ network, file }) =>
      row('weights', `${network}: ${file ?? say('doctorNoWeights', {})}`),
    ),
  ];
}
