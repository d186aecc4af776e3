import { constant, multiply, subtract } from './operations.ts';
import { assignSub } from './variables.ts';
import type { Graph, Node, Tensor } from './graph.ts';
import type { Variable } from './variables.ts';

/** A weight and the gradient of the loss with respect to it. */
export interface Update {
  target: Variable;
  gradient: Tensor;
  /** Whether AdamW's decay applies: to kernels, not to biases and normalisation. */
  decays: boolean;
  /** Nodes that still need the weight's old value, so that it is updated in place after them. */
  after: readonly Node[];
}

export interface OptimiserSettings {
  kind: 'sgd' | 'adam' | 'adamw';
  momentum: number;
  weightDecay: number;
}

/** Adam's constants, as in Keras: Kingma and Ba, 2015, arXiv:1412.6980. */
const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-7;

/**
 * Nodes that update each weight by one step.
 * SGD: v ← momentum·v − rate·g, w ← w + v. Adam: as in the paper, ε outside the bias correction as in Keras. AdamW: w ← w −
 * rate·decay·w before Adam's step, Loshchilov and Hutter, 2019, arXiv:1711.05101.
 * @param rate scalar learning rate of this step.
 * @param step scalar number of this step, from 1.
 * @param slot finds or creates a variable of the optimiser by name.
 */
export function optimiserSteps(
  updates: readonly Update[],
  settings: OptimiserSettings,
  rate: Tensor,
  step: Tensor,
  slot: (name: string, shape: readonly number[]) => Variable,
): Node[] {
  if (settings.kind === 'sgd') return updates.map((u) => momentumStep(u, settings.momentum, rate, slot));
  const graph = rate.graph;
  const power = (base: number): Tensor => powerOf(graph, base, step);
  const [power1, power2] = [power(beta1), power(beta2)];
  return updates.map((update) => {
    const { target, decays, after } = update;
    const decay =
      settings.kind === 'adamw' && decays && settings.weightDecay > 0
        ? [
            assignSub(
              target,
              multiply(target.value, multiply(rate, constant(graph, settings.weightDecay))),
              after,
            ),
          ]
        : [];
    return adamStep(update, [power1, power2], rate, slot, [...after, ...decay]);
  });
}

function momentumStep(
  { target, gradient, after }: Update,
  momentum: number,
  rate: Tensor,
  slot: (name: string, shape: readonly number[]) => Variable,
): Node {
  const { graph } = gradient;
  const velocity = slot(`${target.name}/velocity`, target.shape);
  return graph.add({
    operation: 'ResourceApplyKerasMomentum',
    name: `${target.name}/Momentum`,
    inputs: [target.handle, velocity.handle, rate, gradient, constant(graph, momentum)],
    controls: after,
    attributes: { T: { type: 'float32' }, use_locking: { bool: false }, use_nesterov: { bool: false } },
  });
}

function adamStep(
  { target, gradient }: Update,
  powers: readonly [Tensor, Tensor],
  rate: Tensor,
  slot: (name: string, shape: readonly number[]) => Variable,
  after: readonly Node[],
): Node {
  const { graph } = gradient;
  const m = slot(`${target.name}/m`, target.shape);
  const v = slot(`${target.name}/v`, target.shape);
  return graph.add({
    operation: 'ResourceApplyAdam',
    name: `${target.name}/Adam`,
    inputs: [
      target.handle,
      m.handle,
      v.handle,
      ...powers,
      rate,
      constant(graph, beta1),
      constant(graph, beta2),
      constant(graph, epsilon),
      gradient,
    ],
    controls: after,
    attributes: { T: { type: 'float32' }, use_locking: { bool: false }, use_nesterov: { bool: false } },
  });
}

/** base^exponent, float32 scalar. */
function powerOf(graph: Graph, base: number, exponent: Tensor): Tensor {
  const node = graph.add({
    operation: 'Pow',
    inputs: [constant(graph, base), exponent],
    attributes: { T: { type: 'float32' } },
    outputs: [{ dtype: 'float32', shape: [] }],
  });
  return node.outputs[0] as Tensor;
}

/** Moving average of statistics: s ← kept·s + (1 − kept)·batch. @param kept scalar share of the old value. */
export const movingAverage = (statistic: Variable, batch: Tensor, kept: Tensor): Node =>
  assignSub(statistic, multiply(subtract(statistic.value, batch), subtract(constant(batch.graph, 1), kept)));

/**
 * The learning rate of a step, computed on the host. Constant, or half a cosine down to 0 (Loshchilov and Hutter, 2017,
 * arXiv:1608.03983), after a linear rise over the first `warmUp` of the steps.
 * @param step from 0. @param steps in total. @returns rate > 0 except at the cosine's end.
 */
export function learningRateAt(
  step: number,
  steps: number,
  { peak, schedule, warmUp }: { peak: number; schedule: 'constant' | 'cosine'; warmUp: number },
): number {
  const rising = Math.floor(steps * warmUp);
  if (step < rising) return (peak * (step + 1)) / (rising + 1);
  if (schedule === 'constant') return peak;
  const progress = (step - rising) / Math.max(1, steps - rising);
  return (peak * (1 + Math.cos(Math.PI * progress))) / 2;
}
