import type { ThresholdRule } from '../../../../src-main/contract/studies.ts';

/** The rule by which thresholds are chosen on the validation set; `none`: they are not. */
export class RuleChoice {
  by = $state<ThresholdRule['by'] | 'none'>('youden');
  least = $state<number | undefined>(0.95);
  cost = $state<number | undefined>(5);

  constructor(by: ThresholdRule['by'] | 'none') {
    this.by = by;
  }

  /** Null while a field is not a valid number, or where no rule is chosen. */
  readonly rule = $derived.by((): ThresholdRule | null => {
    const { by, least, cost } = this;
    if (by === 'none') return null;
    if (by === 'youden') return { by };
    if (by === 'cost') return cost !== undefined && cost > 0 ? { by, missOverFalseAlarm: cost } : null;
    return least !== undefined && least > 0 && least <= 1 ? { by, least } : null;
  });
  readonly isValid = $derived(this.by === 'none' || this.rule !== null);
}
