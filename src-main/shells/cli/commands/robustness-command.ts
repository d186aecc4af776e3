import { alterTestSet, isCurrent, robustnessInSteps } from '../../../compare/robustness.ts';
import { measureLabel } from '../../../contract/measures.ts';
import { strengths, type Robustness } from '../../../contract/studies.ts';
import { evaluateRun } from '../../../evaluate/evaluate-handlers.ts';
import { runToEnd } from '../../../system/steps.ts';
import type { Context } from '../main.ts';
import type { Speech } from '../output.ts';
import { resolveRun } from '../resolve.ts';
import { share, table } from '../text.ts';
import { pixelProgress, withRegistry } from './with-registry.ts';

export type RobustnessOptions = { again?: true };

export async function robustness(
  context: Context,
  typed: string,
  { again }: RobustnessOptions,
): Promise<void> {
  const { output, home } = context;
  await withRegistry(context, async (registry) => {
    const run = resolveRun(registry, typed);
    if (registry.metrics.list(run.id, 'test').length === 0) {
      output.progress.show(output.say('progressEvaluating', { run: run.id, network: run.network }));
      await evaluateRun({ registry, home, runId: run.id, onPixels: pixelProgress(output) });
    }
    const stored = registry.studies.robustness(run.id);
    if (again || !stored || !isCurrent(registry, run, stored))
      await alterTestSet({
        registry,
        home,
        runId: run.id,
        onProgress: (done) =>
          output.progress.show(output.say('progressAltering', { percent: String(Math.floor(100 * done)) })),
      });
    const found = runToEnd(robustnessInSteps(registry, run));
    output.answer({ robustness: found }, () =>
      [
        output.say('robustnessOf', { run: run.id, network: run.network, scans: found.scans }),
        ...(['auc', 'accuracy', 'sensitivity', 'specificity'] as const).map((name) =>
          curves(found, name, output),
        ),
        output.say('robustnessFall', {}),
      ].join('\n'),
    );
  });
}

function curves(
  { curves }: Robustness,
  name: 'auc' | 'accuracy' | 'sensitivity' | 'specificity',
  { say, language }: Speech,
): string {
  const fallen = {
    auc: null,
    accuracy: null,
    sensitivity: 'falls',
    specificity: 'specificityFalls',
  } as const;
  const of = fallen[name];
  return table(
    [
      measureLabel(name, language),
      say('alteredStrength', { strength: 'none' }),
      ...strengths.map((strength) => say('alteredStrength', { strength: String(strength) })),
      ...(of ? [say('alteredFalls', {})] : []),
    ],
    curves.map((curve) => [
      say('alteration', { by: curve.by }),
      ...curve.points.map((point) => share(point[name].value)),
      ...(of ? [curve[of]?.toFixed(1) ?? null] : []),
    ]),
  );
}
