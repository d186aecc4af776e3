import { FalxError } from '../../../contract/errors.ts';
import { inEnglish } from '../../../contract/messages/say.ts';
import { NetworkName, networkNames } from '../../../contract/networks.ts';
import { downloadWeights, publicSource } from '../../../networks/weights/download-weights.ts';
import { takeWeights, writePack } from '../../../networks/weights/weights-pack.ts';
import { listWeights, type StoredWeights } from '../../../networks/weights/weights-store.ts';
import { formsOf } from '../actions.ts';
import type { Context } from '../main.ts';
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
      ...(stored.length > 0 ? [text(stored)] : []),
      ...missing.map(
        (network) => `No weights are stored for ${network}: falx weights download ${network}, or add FILE`,
      ),
    ].join('\n'),
  );
}

async function add({ home, output }: Context, files: readonly string[]): Promise<void> {
  const added: StoredWeights[] = [];
  for (const file of files) {
    output.progress.show(`checking ${file}`);
    added.push(...(await takeWeights(home, file)));
  }
  answer(output, added);
}

async function download({ home, output }: Context, names: readonly string[]): Promise<void> {
  const wanted = names.length > 0 ? names.map(networkOf) : networkNames;
  const added: StoredWeights[] = [];
  for (const network of wanted) {
    output.note(`${network}: from ${publicSource(network).url}`);
    added.push(
      await downloadWeights(home, network, {
        onProgress: (progress) =>
          output.progress.show(`${network}  ${bytes(progress.bytes)} of ${bytes(progress.total)}`),
      }),
    );
  }
  answer(output, added);
}

async function pack({ home, output }: Context, [file, ...names]: readonly string[]): Promise<void> {
  const wanted = names.length > 0 ? names.map(networkOf) : networkNames;
  output.progress.show('packing');
  const made = await writePack(home, file!, wanted);
  for (const network of made.missing)
    output.note(`${network} is not in the pack: no weights of it are stored.`);
  output.answer(made, () =>
    [
      table(
        ['network', 'size', 'licence', 'source'],
        made.files.map((one) => [one.network, bytes(one.bytes), one.licence, one.source]),
      ),
      `Take ${made.file} to the other machine, and choose it there under “Add a file”, or run: falx weights add FILE`,
    ].join('\n'),
  );
}

function answer(output: Context['output'], added: readonly StoredWeights[]): void {
  for (const { network, batchNormFolded, notes } of added) {
    for (const note of notes) output.note(`${network}: ${inEnglish(note)}`);
    if (batchNormFolded)
      output.note(
        `${network}: batch normalisation is folded into these weights: it is kept in inference mode.`,
      );
  }
  output.answer({ weights: added }, () => text(added));
}

function networkOf(typed: string): NetworkName {
  const network = NetworkName.safeParse(typed.toLowerCase());
  if (network.success) return network.data;
  throw new FalxError('networkUnknown', { typed, networks: networkNames });
}

function text(stored: readonly StoredWeights[]): string {
  return table(
    ['network', 'size', 'state', 'file'],
    stored.map((record) => [
      record.network,
      bytes(record.bytes),
      record.intact ? 'whole' : 'missing or damaged',
      record.file,
    ]),
  );
}
