import { z } from 'zod';
import type { Language } from './messages/languages.ts';
import en from './messages/en/networks.json' with { type: 'json' };
import ko from './messages/ko/networks.json' with { type: 'json' };
import type { Source } from './source.ts';

/** Markers in plots and beside names. `src-renderer/components/marks.ts` draws each; Plotly knows them by these names. */
export const marks = ['circle', 'square', 'diamond', 'triangle-up', 'cross', 'hexagon'] as const;
export type Mark = (typeof marks)[number];

/** Facts on a network, for every shell. */
export type NetworkFacts = {
  /** As its paper writes it: the same in every language. */
  title: string;
  /** Short form, for model cards. */
  paper: string;
  /** The same paper in full, for the references of reports. */
  source: Source;
  /** Number of parameters, Falx's own head included; each takes 4 bytes in the model's variables. */
  parameters: number;
  /**
   * Time of a training step relative to MobileNetV2's, batches of 16 on two CPU cores: docs/measurements.md. Cards show it, and
   * queue estimates use it.
   */
  relativeCost: number;
  mark: Mark;
  /** Each has a contrast of 3:1 on its surface, which a test checks. The first three are after Okabe and Ito's palette. */
  colour: { light: string; dark: string };
  /** Keras's public file of ImageNet weights without the top. */
  weights: {
    url: string;
    bytes: number;
    /** As published by Keras, or null if there is none. */
    md5: string | null;
    /** SPDX identifier. A licence that requires its text to be passed on has it in resources/weight-licences.txt. */
    licence: string;
    /** Who made the weights, as a phrase. */
    origin: string;
  };
};

/**
 * The networks, by their names on the command line and in the registry, in display order. Their layers are in `networks/`, each
 * card's text in `messages/<language>/networks.json`; everything else derives from here.
 */
const table = {
  mobilenetv2: {
    title: 'MobileNetV2',
    paper: 'Sandler et al. 2018, arXiv:1801.04381',
    source: {
      key: 'sandler2018mobilenetv2',
      kind: 'inproceedings',
      author:
        'Sandler, Mark and Howard, Andrew and Zhu, Menglong and Zhmoginov, Andrey and Chen, Liang-Chieh',
      title: 'MobileNetV2: Inverted Residuals and Linear Bottlenecks',
      year: 2018,
      in: 'IEEE/CVF Conference on Computer Vision and Pattern Recognition',
      pages: '4510--4520',
      doi: '10.1109/CVPR.2018.00474',
    },
    parameters: 2_259_265,
    relativeCost: 1,
    mark: 'circle',
    colour: { light: '#0072b2', dark: '#56b4e9' },
    weights: {
      url: 'https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5',
      bytes: 9_406_464,
      md5: null,
      licence: 'Apache-2.0',
      origin: 'trained on ImageNet by Google (TensorFlow models), brought to Keras by its authors',
    },
  },
  densenet121: {
    title: 'DenseNet121',
    paper: 'Huang et al. 2017, arXiv:1608.06993',
    source: {
      key: 'huang2017densenet',
      kind: 'inproceedings',
      author: 'Huang, Gao and Liu, Zhuang and van der Maaten, Laurens and Weinberger, Kilian Q.',
      title: 'Densely Connected Convolutional Networks',
      year: 2017,
      in: 'IEEE Conference on Computer Vision and Pattern Recognition',
      pages: '2261--2269',
      doi: '10.1109/CVPR.2017.243',
    },
    parameters: 7_038_529,
    relativeCost: 3.9,
    mark: 'square',
    colour: { light: '#b0528a', dark: '#e08cbf' },
    weights: {
      url: 'https://storage.googleapis.com/tensorflow/keras-applications/densenet/densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5',
      bytes: 29_084_464,
      md5: '30ee3e1110167f948a6b9946edeeb738',
      licence: 'BSD-3-Clause',
      origin:
        'trained on ImageNet by Zhuang Liu and others (github.com/liuzhuang13/DenseNet), brought to Keras by its authors',
    },
  },
  resnet50: {
    title: 'ResNet50',
    paper: 'He et al. 2015, arXiv:1512.03385',
    source: {
      key: 'he2016resnet',
      kind: 'inproceedings',
      author: 'He, Kaiming and Zhang, Xiangyu and Ren, Shaoqing and Sun, Jian',
      title: 'Deep Residual Learning for Image Recognition',
      year: 2016,
      in: 'IEEE Conference on Computer Vision and Pattern Recognition',
      pages: '770--778',
      doi: '10.1109/CVPR.2016.90',
    },
    parameters: 23_589_761,
    relativeCost: 3.6,
    mark: 'diamond',
    colour: { light: '#00855f', dark: '#3cc49a' },
    weights: {
      url: 'https://storage.googleapis.com/tensorflow/keras-applications/resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5',
      bytes: 94_765_736,
      md5: '4d473c1dd8becc155b73f8504c6f6626',
      licence: 'MIT',
      origin:
        'trained on ImageNet by Kaiming He and others (github.com/KaimingHe/deep-residual-networks), brought to Keras by its authors',
    },
  },
} as const satisfies Record<string, NetworkFacts>;

export type NetworkName = keyof typeof table;
export const networkNames = Object.keys(table) as [NetworkName, ...NetworkName[]];
export const NetworkName = z.enum(networkNames);

export const networkTable: Readonly<Record<NetworkName, NetworkFacts>> = table;

/** A network's name as its paper writes it: the same in every language. */
export const networkTitle = (network: NetworkName): string => networkTable[network].title;

/** "MobileNetV2, DenseNet121, ResNet50". */
export const networkTitles = (): string => networkNames.map(networkTitle).join(', ');

/** Of a model's variables: 4 bytes each. */
export const modelBytesOf = (network: NetworkName): number => 4 * networkTable[network].parameters;

/** Side of the square input, pixels. */
export const ImageSize = z.int().min(32).max(512);

const words: Readonly<Record<Language, Readonly<Record<NetworkName, string>>>> = { en, ko };

/** What a network is good for, in a sentence. */
export const networkAbout = (name: NetworkName, language: Language = 'en'): string => words[language][name];
