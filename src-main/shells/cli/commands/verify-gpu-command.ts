import path from 'node:path';
import type { VerifyStep } from '../../../contract/gpu-report.ts';
import { messageOfWorded } from '../../../contract/errors.ts';
import { verify } from '../../../verify/verify-handlers.ts';
import type { Context } from '../main.ts';
import type { Speech } from '../output.ts';
import { padded } from '../text.ts';

export type VerifyGpuOptions = { device?: 'gpu' | 'cpu'; budget?: number; only?: string; out?: string };

/** Exit code 1 if a step failed, or there is no GPU. */
export async function verifyGpu({ home, output }: Context, options: VerifyGpuOptions): Promise<number> {
  const out = path.resolve(options.out ?? 'falx-verify-gpu.json');
  const report = await verify({
    home,
    out,
    device: options.device ?? 'gpu',
    budgetSeconds: options.budget ?? 480,
    only: options.only?.split(',').map((name) => name.trim()),
    onBegin: (name) => output.progress.show(`${name} …`),
    onStep: (step) =>
      output.note(
        line(step, output.words(messageOfWorded({ message: step.said, facts: step.facts })), output),
      ),
  });
  const count = (state: VerifyStep['state']) => report.steps.filter((step) => step.state === state).length;
  output.answer({ ...report, file: out }, () =>
    [
      output.say('verifiedCounts', {
        passed: String(count('passed')),
        failed: String(count('failed')),
        told: String(count('told')),
        left: String(count('out of time')),
      }),
      output.say('verifiedFile', { file: out }),
    ].join('\n'),
  );
  return count('failed') > 0 ? 1 : 0;
}

const line = ({ name, state, seconds }: VerifyStep, said: string, { say }: Speech): string =>
  `${padded(say('verifiedState', { state: state === 'out of time' ? 'outOfTime' : state }), 11)} ${name} (${seconds.toFixed(1)} s): ${said}`;
