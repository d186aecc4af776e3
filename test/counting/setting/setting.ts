import type { Change } from '../change.ts';
import { trained } from '../trained.ts';

/** Noise on training images: a setting with a range, an option, a place in the form, an effect in the graph. */
export const setting: Change = {
  name: 'setting',
  title: 'A setting (noise on training images)',
  most: 4,
  before: '6–7',

  make(tree) {
    tree.before(
      'src-main/contract/settings-table.ts',
      '  /** Largest change of contrast in either direction, fraction. */\n',
      `  /** Largest change of each number of an image either way, fraction of full scale. */
  noise: setting({
    schema: z.number().min(0).max(0.5).default(0),
    standard: 0,
    group: 'augmentation',
    option: '--noise <fraction>',
    step: 0.01,
  }),
`,
    );
    tree.edit('src-main/train/augment.ts', [
      '  return settings.contrast > 0 || settings.brightness > 0\n',
      `  if (settings.noise > 0) {
    // Another seed than the columns'.
    const own = add(seed, integers(graph, [0x6e6f69, 0]));
    const drawn = statelessUniform(own, integers(graph, [count, side, side, 3]), [count, side, side, 3]);
    result = add(result, multiply(subtract(drawn, number(0.5)), number(2 * 255 * settings.noise)));
  }
  return settings.contrast > 0 || settings.brightness > 0 || settings.noise > 0
`,
    ]);
    const words = {
      en: {
        label: 'Noise',
        help: 'Largest change of each pixel either way, as a fraction of full scale.',
        option: 'largest change of each pixel, of full scale',
      },
      ko: {
        label: '잡음',
        help: '각 픽셀의 최대 변화로, 전체 밝기 범위에 대한 비율입니다.',
        option: '각 픽셀의 최대 변화(전체 밝기 범위에 대한 비율)',
      },
    };
    for (const language of ['en', 'ko'] as const) {
      const { label, help, option } = words[language];
      tree.before(
        `src-main/contract/messages/${language}/training-settings.json`,
        '  "contrast": {\n',
        `  "noise": {\n    "label": "${label}",\n    "help": "${help}",\n    "option": "${option}"\n  },\n`,
      );
    }
  },

  async show(tree) {
    await tree.tests(
      'fast',
      'test/train/settings.test.ts',
      'test/train/augment.test.ts',
      'test/contract',
      'test/renderer/train-form.test.ts',
      'test/renderer/window-messages.test.ts',
    );
    await tree.tests('slow', 'test/shells/cli/completion.slow.test.ts');
    // Set on the command line, it is stored with the run and changes what the network learns from.
    const losses: number[] = [];
    for (const noise of ['0', '0.3']) {
      const { runId } = await trained(tree, 'mobilenetv2', '--noise', noise);
      const { run, epochs } = await tree.falx<{
        run: { settings: { augmentation: { noise: number } } };
        epochs: { trainLoss: number }[];
      }>('show', runId);
      if (run.settings.augmentation.noise !== Number(noise))
        throw new Error(`${runId} has not a noise of ${noise}`);
      losses.push(epochs[0]!.trainLoss);
    }
    if (losses[0] === losses[1]) throw new Error('noise changed nothing');
    const help = await tree.falxText('help', 'train');
    if (!/--noise <fraction>.*\(default: 0\)/s.test(help))
      throw new Error('the help of "falx train" does not name it');
  },
};
