import { readFileSync } from 'node:fs';
import path from 'node:path';
import { kerasPython, python } from '../../python.ts';
import type { Change } from '../change.ts';
import type { Tree } from '../tree.ts';
import { trained } from '../trained.ts';

const layers = readFileSync(path.join(import.meta.dirname, 'efficientnet-b0.txt'), 'utf8');

/** EfficientNetB0, with blocks that Falx's own networks lack: squeeze and excitation, Swish, 5×5 depthwise convolutions. */
export const network: Change = {
  name: 'network',
  title: 'A network (EfficientNetB0)',
  most: 5,
  before: '17',

  make(tree) {
    tree.write('src-main/networks/efficientnet-b0.ts', layers);
    tree.edit(
      'src-main/networks/index.ts',
      [
        'import { mobilenetV2 }',
        "import { efficientnetB0 } from './efficientnet-b0.ts';\nimport { mobilenetV2 }",
      ],
      ['  resnet50,\n', '  resnet50,\n  efficientnetb0: efficientnetB0,\n'],
    );
    tree.before(
      'src-main/contract/networks.ts',
      '} as const satisfies Record<string, NetworkFacts>;',
      `  efficientnetb0: {
    title: 'EfficientNetB0',
    paper: 'Tan and Le 2019, arXiv:1905.11946',
    source: {
      key: 'tan2019efficientnet',
      kind: 'inproceedings',
      author: 'Tan, Mingxing and Le, Quoc V.',
      title: 'EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks',
      year: 2019,
      in: 'International Conference on Machine Learning',
      pages: '6105--6114',
    },
    parameters: 4_050_845,
    relativeCost: 1.8,
    mark: 'triangle-up',
    colour: { light: '#b35900', dark: '#f0a35e' },
    weights: {
      url: 'https://storage.googleapis.com/keras-applications/efficientnetb0_notop.h5',
      bytes: 16_705_208,
      md5: '50bc09e76180e00e4465e1a485ddc09d',
      licence: 'Apache-2.0',
      origin: 'trained on ImageNet by Google (TensorFlow TPU models), brought to Keras by its authors',
    },
  },
`,
    );
    const about = {
      en: 'Width, depth and image size grown in step; small for its accuracy.',
      ko: '너비, 깊이, 영상 크기를 함께 키운 네트워크로, 정확도에 비해 작습니다.',
    };
    for (const language of ['en', 'ko'] as const)
      tree.behind(
        `src-main/contract/messages/${language}/networks.json`,
        '{\n',
        `  "efficientnetb0": "${about[language]}",\n`,
      );
    tests(tree);
  },

  async show(tree) {
    // Keras's results, in float64: outputs, gradients of every weight, a step of Adam.
    const executable = await kerasPython();
    const goldens = path.join(tree.folder, 'test/goldens/networks.py');
    await python(executable, [goldens, '--networks', 'efficientnetb0', '--sizes', '64,75']);
    await tree.tests(
      'fast',
      'test/contract/networks.test.ts',
      'test/networks/parity.test.ts',
      'test/networks/weights/match-weights.test.ts',
      'test/renderer/train-progress.test.ts',
      'test/renderer/window-messages.test.ts',
      'test/train/settings.test.ts',
    );
    await tree.tests('slow', 'test/networks/parity.slow.test.ts', '--testNamePattern', 'efficientnetb0');
    // Files written by Keras 2 and 3 are recognised and read exactly.
    await tree.tests(
      'slow',
      'test/networks/weights/read.slow.test.ts',
      '--testNamePattern',
      'efficientnetb0',
    );
    // And a run by the command line, from images to answers.
    const { metrics } = await trained(tree, 'efficientnetb0');
    if (metrics.images < 8 || metrics.parameters !== 4_050_845)
      throw new Error(`a run was evaluated otherwise than it should be: ${JSON.stringify(metrics)}`);
    const help = await tree.falxText('help', 'train');
    if (!help.includes('efficientnetb0')) throw new Error('the help of "falx train" does not name it');
  },
};

/** What its tests need: a reference by Keras, with the layers that Keras has and Falx implements elsewhere. */
function tests(tree: Tree): void {
  tree.edit(
    'test/goldens/networks.py',
    [
      '    "resnet50": dict(',
      `    "efficientnetb0": dict(
        build=applications.EfficientNetB0,
        module=applications.efficientnet,
        scale=dict(gain=1.0, shift=0.5, spread=0.5, kinks=10**6),
        seeds={64: (1, 1), 75: (1, 1)},
    ),
    "resnet50": dict(`,
    ],
    [
      '    random = np.random.default_rng(1)\n',
      `    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0  # stochastic depth
        if isinstance(layer, keras.layers.Normalization):
            layer.mean, layer.variance = (
                keras.ops.reshape(keras.ops.convert_to_tensor(numbers, dtype), (1, 1, 1, 3))
                for numbers in ([0.485, 0.456, 0.406], [0.229**2, 0.224**2, 0.225**2])
            )
    random = np.random.default_rng(1)\n`,
    ],
    ['for w in model.non_trainable_weights]', 'for _, _, w in weights_of(model) if not w.trainable]'],
    [
      '    for layer in model.layers:\n        for variable in layer.weights:',
      '    for layer in model.layers:\n        if isinstance(layer, keras.layers.Normalization):\n            continue\n        for variable in layer.weights:',
    ],
  );
  // What the compiler requires: tfjs has no builder for it, and it was not tried there.
  tree.edit('test/bench/tfjs-networks.ts', [
    '  densenet121,\n  resnet50,\n',
    '  densenet121,\n  resnet50,\n  efficientnetb0: null,\n',
  ]);
  tree.edit('test/bench/sides.ts', [
    '  resnet50: [0.65e9, 1.3e9],\n',
    '  resnet50: [0.65e9, 1.3e9],\n  efficientnetb0: null,\n',
  ]);
  tree.edit('test/networks/parity.ts', [
    '  resnet50: true,\n',
    '  resnet50: true,\n  efficientnetb0: true,\n',
  ]);
  tree.edit(
    'test/goldens/weight_files.py',
    ['"resnet50": "ResNet50"', '"resnet50": "ResNet50", "efficientnetb0": "EfficientNetB0"'],
    [
      '        values = []\n',
      '        if isinstance(layer, k.layers.Normalization):\n            continue\n        values = []\n',
    ],
  );
  tree.behind(
    'test/networks/parity.test.ts',
    "  mobilenetv2: Array.from({ length: 4 }, () => 'ZeroPadding2D'),\n",
    `  // Its images are scaled by \`preprocess\`; means of channels are made with their shape; depth is not stochastic.
  efficientnetb0: [
    'Rescaling',
    'Normalization',
    ...[...'P G PG GD PG GD PG GD GD G GD GD PG GD GD GD G'.replaceAll(' ', '')].map(
      (letter) => ({ P: 'ZeroPadding2D', G: 'GlobalAveragePooling2D', D: 'Dropout' })[letter]!,
    ),
  ],
`,
  );
}
