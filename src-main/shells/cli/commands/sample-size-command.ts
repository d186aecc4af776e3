import { FalxError } from '../../../contract/errors.ts';
import { planRanges, sizesFor, usualPlan, type StudyPlan } from '../../../statistics/plan.ts';
import type { Context } from '../main.ts';
import { table } from '../text.ts';

export type SampleSizeOptions = Partial<StudyPlan>;

export function sampleSize({ output }: Context, options: SampleSizeOptions): Promise<void> {
  const plan = { ...usualPlan, ...options };
  for (const [name, [least, most]] of Object.entries(planRanges)) {
    const value = plan[name as keyof StudyPlan];
    if (value < least || value > most) throw new FalxError('planOutOfRange', { name, value, least, most });
  }
  const sizes = sizesFor(plan);
  const { say } = output;
  const { shares, validation, comparison } = sizes;
  output.answer({ plan, sizes }, () =>
    [
      say('sizesHead', {}),
      table(
        [say('sizesColumn', { of: 'what' }), say('sizesColumn', { of: 'scans' })],
        [
          [
            say('sizesShares', { half: String(plan.half), prevalence: String(plan.prevalence) }),
            String(shares.scans),
          ],
          [
            say('sizesClass', { of: 'positive', expected: String(plan.sensitivity) }),
            String(shares.positives),
          ],
          [
            say('sizesClass', { of: 'negative', expected: String(plan.specificity) }),
            String(shares.negatives),
          ],
          [say('sizesValidation', {}), String(validation.scans)],
          [
            say('sizesCriterion', { of: 'ratio', width: String(plan.ratioWidth) }),
            String(validation.observedOverExpected),
          ],
          [say('sizesCriterion', { of: 'slope', width: String(plan.slopeWidth) }), String(validation.slope)],
          [say('sizesCriterion', { of: 'auc', width: String(plan.aucWidth) }), String(validation.auc)],
          [
            say('sizesComparison', {
              difference: String(plan.difference),
              discordant: String(plan.discordant),
            }),
            String(comparison),
          ],
        ],
      ),
      say('sizesIndependent', {}),
    ].join('\n'),
  );
  return Promise.resolve();
}
