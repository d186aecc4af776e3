import { FalxError } from '../../../contract/errors.ts';
import { NetworkName, networkNames } from '../../../contract/networks.ts';
import { downloadWeights, publicSource } from '../../../networks/weights/download-weights.ts';
import { importWeights, writePack } from '../../../networks/weights/weights-pack.ts';
import { listWeights, type StoredWeights } from '../../../networks/weights/weights-store.ts';
import { formsOf } from '../actions.ts';
import type { Context } from '../main.ts';
import type { Speech } from '../output.ts';
import { bytes, table } from '../text.ts';

export async function weights(
  context: Context,
  action = 'list',
  values: readonly string[] = [],
): Promise<void> {
  if (action === 'list' && values.length === 0) return list(context);
  if (action === 'add' && values.length > 0) return add(context, values);
  if (action === 'download') return download(context, values);
  if (action === 'pack' && values.length > 0) return pack(context, values);
  const typed = ['falx weights', action, ...values].join(' ');
  throw new FalxError('notUnderstood', {
    typed,
    forms: formsOf('weights'),
  });
}

async function list({ home, output }: Context): Promise<void> {
  const stored = await listWeights(home);
  const missing = networkNames.filter((network) => !stored.some((record) => record.network === network));
  output.answer({ weights: stored, missing }, () =>
    [
      ...(stored.length > 0 ? [text(stored, output)] : []),
      ...missing.map((network) => output.say('weightsAbsent', { network })),
    ].join('\n'),
  );
}

async function add({ home, output }: Context, files: readonly string[]): Promise<void> {
  const added: StoredWeights[] = [];
  for (const file of files) {
    output.progress.show(output.say('weightsChecking', { file }));
    added.push(...(await importWeights(home, file)));
  }
  answer(output, added);
}

async function download({ home, output }: Context, names: readonly string[]): Promise<void> {
  const wanted = names.length > 0 ? names.map(networkOf) : networkNames;
  const added: StoredWeights[] = [];
  for (const network of wanted) {
    output.note(output.say('weightsFrom', { network, url: publicSource(network).url }));
    added.push(
      await downloadWeights(home, network, {
        onProgress: (progress) =>
          output.progress.show(
            output.say('progressBytes', {
              name: `${network}  `,
              done: bytes(progress.bytes),
              of: bytes(progress.total),
            }),
          ),
      }),
    );
  }
  answer(output, added);
}

async function pack({ home, output }: Context, [file, ...names]: readonly string[]): Promise<void> {
  const wanted = names.length > 0 ? names.map(networkOf) : networkNames;
  output.progress.show(output.say('weightsPacking', {}));
  const made = await writePack(home, file!, wanted);
  for (const network of made.missing) output.note(output.say('weightsNotPacked', { network }));
  output.answer(made, () =>
    [
      table(
        (['network', 'size', 'licence', 'source'] as const).map((of) => output.say('weightsHeading', { of })),
        made.files.map((one) => [one.network, bytes(one.bytes), one.licence, one.source]),
      ),
      output.say('weightsPacked', { file: made.file }),
    ].join('\n'),
  );
}

function answer(output: Context['output'], added: readonly StoredWeights[]): void {
  for (const { network, batchNormFolded, notes } of added) {
    for (const note of notes) output.note(`${network}: ${output.words(note)}`);
    if (batchNormFolded) output.note(`${network}: ${output.say('weightsFoldedNote', {})}`);
  }
  output.answer({ weights: added }, () => text(added, output));
}

function networkOf(typed: string): NetworkName {
  const network = NetworkName.safeParse(typed.toLowerCase());
  if (network.success) return network.data;
  throw new FalxError('networkUnknown', { typed, networks: networkNames });
}

function text(stored: readonly StoredWeights[], { say }: Speech): string {
  return table(
    (['network', 'size', 'state', 'file'] as const).map((of) => say('weightsHeading', { of })),
    stored.map((record) => [
      record.network,
      bytes(record.bytes),
      say('weightsState', { whole: record.intact ? 'yes' : 'no' }),
      record.file,
    ]),
  );
}
