import { FalxError } from '../../../contract/errors.ts';
import { writeDemo } from '../../../import/demo-scans.ts';
import type { Context } from '../main.ts';

export async function demo(
  { output }: Context,
  folder: string,
  options: { perClass?: number; size?: number; seed?: number },
): Promise<void> {
  for (const [name, least, value] of [
    ['--per-class', 1, options.perClass],
    ['--size', 32, options.size],
  ] as const)
    if (value !== undefined && value < least)
      throw new FalxError('optionTooSmall', { option: name, least, value });
  const written = await writeDemo(folder, {
    ...options,
    onProgress: (done, total) => output.progress.show(output.say('progressDemo', { done, total })),
  });
  output.answer(written, () =>
    [
      output.say('demoMade', { folder: written.folder, images: written.images }),
      ...Object.entries(written.classes).map(([name, count]) => `  ${name}: ${count}`),
      output.say('next', { command: `falx import ${written.folder}` }),
    ].join('\n'),
  );
}
