import type { NetworkName } from '../../../src-main/contract/networks.ts';

/** What a card says of a network. A test holds the figures against the networks themselves. */
export type Backbone = {
  network: NetworkName;
  /** Message of the sentence that says what it is. */
  about: string;
  /** Numbers in the model, Falx's own head included. */
  parameters: number;
  /** Of the model's variables: 4 a number. */
  modelBytes: number;
  /** Of Keras's public file of ImageNet weights. */
  weightBytes: number;
  /** Time of a training step compared with MobileNetV2's: docs/measurements.md, batches of 16 on two CPU cores. */
  cost: number;
  paper: string;
};

export const backbones: readonly Backbone[] = [
  {
    network: 'mobilenetv2',
    about: 'train.about.mobilenetv2',
    parameters: 2_259_265,
    modelBytes: 9_037_060,
    weightBytes: 9_406_464,
    cost: 1,
    paper: 'Sandler et al. 2018, arXiv:1801.04381',
  },
  {
    network: 'densenet121',
    about: 'train.about.densenet121',
    parameters: 7_038_529,
    modelBytes: 28_154_116,
    weightBytes: 29_084_464,
    cost: 3.9,
    paper: 'Huang et al. 2017, arXiv:1608.06993',
  },
  {
    network: 'resnet50',
    about: 'train.about.resnet50',
    parameters: 23_589_761,
    modelBytes: 94_359_044,
    weightBytes: 94_765_736,
    cost: 3.6,
    paper: 'He et al. 2015, arXiv:1512.03385',
  },
];
