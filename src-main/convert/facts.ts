import { networkTable } from '../contract/networks.ts';
import type { Metrics, Run } from '../contract/records.ts';
import type { Preprocessing } from '../contract/settings.ts';
import type { Json } from '../system/canonical-json.ts';

/** Part of every export. */
export const NOTICE = 'Research use only, not for diagnosis.';

/** Facts that accompany a model, as JSON, the same in every format. */
export type ModelFacts = {
  format: 'falx-model/1';
  notice: typeof NOTICE;
  falx: string;
  run: string;
  created: string;
  network: { name: string; title: string; paper: string };
  /** SHA-256 of the model as training wrote it; null without a manifest. */
  model: string | null;
  classes: { negative: string; positive: string };
  /** Of the positive class: from this probability on a scan is called positive. */
  threshold: number;
  /** Divisor of logits for calibrated probabilities; null if none was fitted. */
  temperature: number | null;
  /** Limits of conformal prediction as Falx stores them; null if none were fitted. */
  conformal: Json;
  preprocessing: Preprocessing & { input: string };
  licence: { startingWeights: string | null; text: string };
  data: { dataset: string; split: string };
  /** On its own test set; null before it was evaluated. */
  test: {
    scans: number;
    accuracy: number | null;
    sensitivity: number | null;
    specificity: number | null;
    auc: number | null;
  } | null;
};

export type FactsSource = {
  run: Run;
  classes: readonly [negative: string, positive: string];
  model: string | null;
  falx: string;
  metrics: Metrics | null;
  calibration?: { threshold?: number; temperature?: number; conformal?: Json };
};

/** Everything known of a run's model that may be exported: no file name, no patient, no scan. */
export function modelFacts({
  run,
  classes,
  model,
  falx,
  metrics,
  calibration = {},
}: FactsSource): ModelFacts {
  const { title, paper, weights } = networkTable[run.network];
  const pretrained = run.weightsSha256 !== null;
  return {
    format: 'falx-model/1',
    notice: NOTICE,
    falx,
    run: run.id,
    created: run.created,
    network: { name: run.network, title, paper },
    model,
    classes: { negative: classes[0], positive: classes[1] },
    threshold: calibration.threshold ?? metrics?.threshold ?? 0.5,
    temperature: calibration.temperature ?? null,
    conformal: calibration.conformal ?? null,
    preprocessing: {
      ...run.settings.pixels,
      input: `RGB, 0 to 255, [n, ${run.settings.pixels.imageSize}, ${run.settings.pixels.imageSize}, 3]; what the network itself needs is inside`,
    },
    licence: {
      startingWeights: pretrained ? weights.licence : null,
      text: pretrained
        ? `Fine-tuned from weights with SHA-256 ${run.weightsSha256}. Keras's public weights of ${title} are under ${weights.licence}, ${weights.origin}; ImageNet's images have terms of their own. Who trained the model decides on its licence.`
        : 'Trained from random weights. Who trained the model decides on its licence.',
    },
    data: { dataset: run.datasetHash, split: run.splitHash },
    test: metrics && {
      scans: metrics.images,
      accuracy: metrics.accuracy.value,
      sensitivity: metrics.sensitivity.value,
      specificity: metrics.specificity.value,
      auc: metrics.auc,
    },
  };
}

export const factsText = (facts: ModelFacts): string => `${JSON.stringify(facts, null, 2)}\n`;

/** The facts flattened, for formats that store pairs of texts. */
export const flatFacts = (facts: ModelFacts): Record<string, string> => ({
  notice: facts.notice,
  threshold: String(facts.threshold),
  temperature: facts.temperature === null ? '' : String(facts.temperature),
  conformal: facts.conformal === null ? '' : JSON.stringify(facts.conformal),
  class_negative: facts.classes.negative,
  class_positive: facts.classes.positive,
  preprocessing_version: String(facts.preprocessing.version),
  preprocessing: JSON.stringify(facts.preprocessing),
  licence: facts.licence.text,
  model_card: modelCardText(facts),
  falx: JSON.stringify(facts),
});

const share = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

/** The model card, after Mitchell et al. 2019, arXiv:1810.03993. Markdown. */
export function modelCardText(facts: ModelFacts): string {
  const { network, classes, test, preprocessing } = facts;
  const { imageSize, canvas, crop, window, version } = preprocessing;
  return `# ${network.title}: ${classes.positive} or ${classes.negative}

**${facts.notice}**

| | |
| --- | --- |
| Made by | Falx ${facts.falx}, run ${facts.run}, ${facts.created} |
| Network | ${network.title} (${network.paper}) |
| SHA-256 of the model | ${facts.model ?? '–'} |
| Answers | the probability of "${classes.positive}", 0 to 1; "${classes.positive}" from ${facts.threshold} on, else "${classes.negative}" |
| Temperature | ${facts.temperature === null ? 'none was fitted: the probability is the network’s own' : `${facts.temperature}: sigmoid(logit / temperature) is the calibrated probability`} |
| Conformal limits | ${facts.conformal === null ? 'none were fitted' : JSON.stringify(facts.conformal)} |
| Takes | ${preprocessing.input} |
| Pixels | preprocessing version ${version}: ${imageSize} × ${imageSize}, canvas ${canvas}, crop ${crop}, window ${window}, scaled with a triangle filter |
| Data | dataset ${facts.data.dataset}, split ${facts.data.split} |

## Measured

${
  test === null
    ? 'Not evaluated yet.'
    : `On its own test set, ${test.scans} images: accuracy ${share(test.accuracy)}, sensitivity ${share(test.sensitivity)}, specificity ${share(test.specificity)}, AUC ${share(test.auc)}.`
}

## Limits

It knows scans like those it was trained on, and no others: of another scanner, sequence, region or age it may answer anything, with
high probability. It was not tested in clinical use.

## Licence

${facts.licence.text}
`;
}
