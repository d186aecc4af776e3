import { pathToFileURL } from 'node:url';
import { Argument, Command, CommanderError, Option } from 'commander';
import { FalxError } from '../../contract/errors.ts';
import { message, type Message } from '../../contract/messages/catalogue.ts';
import { languages } from '../../contract/messages/languages.ts';
import { keepPrivate } from '../../system/rights.ts';
import { findHome, type HomeFrom } from '../../registry/find-home.ts';
import { type ExportFormat, exportFormatNames, exportFormats } from '../../contract/export-formats.ts';
import type { ClassChoice } from '../../contract/labels.ts';
import { falxVersion } from '../../version.ts';
import { parseClasses } from './class-option.ts';
import type { AuditLogOptions } from './commands/audit-log-command.ts';
import type { AuditOptions } from './commands/audit-command.ts';
import type { CheckOptions } from './commands/check-command.ts';
import type { CompletionTarget } from './commands/completion-command.ts';
import type { DeidentifyOptions } from './commands/deidentify-command.ts';
import type { GpuOptions } from './commands/gpu-command.ts';
import type { PredictCommandOptions } from './commands/predict-command.ts';
import type { RegistryOptions } from './commands/registry-command.ts';
import type { SplitOptions } from './commands/split-command.ts';
import type { VerifyGpuOptions } from './commands/verify-gpu-command.ts';
import { reportFailure } from './failure.ts';
import { integer, number, port, positiveInteger, ValueRefused } from './numbers.ts';
import { languageOf } from './language.ts';
import { openOutput, type Output } from './output.ts';
import type { TrainOptions } from './train-options.ts';

/** The commands, and of each the example that its help ends with. */
export type CommandLine = { readonly program: Command; readonly examples: ReadonlyMap<Command, string> };

/** What every command is handed. */
export type Context = { home: string; homeFrom: HomeFrom; output: Output };

/** A command's exit code; nothing is 0. */
type Outcome = Promise<number | undefined | void>;

/**
 * The falx command. Commands are declared here and live in commands/, each loaded only when it is asked for, so
 * that help and mistakes are answered at once.
 * @param args without the interpreter and the script.
 * @returns the exit code: 0, 1 (failed) or 2 (wrong usage).
 */
export async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  const exit = (outcome: number) => {
    code = outcome;
  };
  // The options of "train" bring the settings' schemas along, which the other commands' help need not wait for.
  const whole = args.some((one) => one === 'train' || one === 'completion');
  const { program } = whole ? await declareAll(exit, args) : declare(exit, args);
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // help or version was asked for
    return reportFailure(error, outputFor(args.includes('--json'), args));
  }
}

/** The whole command line as it is declared, to be told of elsewhere: completion, the manual page. */
export const declareAll = async (
  exit: (code: number) => void = () => undefined,
  args: readonly string[] = [],
): Promise<CommandLine> => declare(exit, args, (await import('./train-options.ts')).addTrainingOptions);

function declare(
  exit: (code: number) => void,
  args: readonly string[],
  addTrainingOptions?: (train: Command) => void,
): CommandLine {
  const examples = new Map<Command, string>();
  const program = new Command('falx')
    .description(
      'Trains, compares and uses classifiers of brain-MRI scans on this machine. Nothing leaves it.',
    )
    .version(falxVersion(), '-V, --version', 'print the version')
    .option(
      '--home <dir>',
      'folder that holds all Falx keeps (also: FALX_HOME; default: the one chosen in Settings)',
    )
    .addOption(
      new Option(
        '--language <language>',
        'of what is told; JSON and what it holds stay English (default: that of the locale)',
      ).choices(languages),
    )
    .option('--json', 'answer with one JSON document on standard output')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({ writeErr: () => undefined }) // failures are reported in one place, as text or JSON
    .exitOverride()
    .helpCommand('help [command]', 'show a command’s options and an example')
    .addHelpText('after', '\nThe whole line:\n' + wholeLine);

  /** Declares a command whose action gets the context first. */
  const command = (usage: string, description: string, example: string) => {
    const declared = program
      .command(usage)
      .description(description)
      .addHelpText('after', `\nExample:\n  ${example}`);
    examples.set(declared, example);
    declared.configureOutput({ writeErr: () => undefined });
    const does = <A extends unknown[]>(act: (context: Context, ...given: A) => Outcome) =>
      declared.action(async (...given: unknown[]) => {
        const { home, json } = program.opts<{ home?: string; json?: true }>();
        const place = findHome(home);
        if (declared.name() !== 'demo') keepPrivate();
        const context = { home: place.home, homeFrom: place.from, output: outputFor(json === true, args) };
        // Commander adds itself as the last argument.
        exit((await act(context, ...(given.slice(0, -1) as A))) ?? 0);
      });
    return { declared, does };
  };

  command('doctor', 'say what Falx found on this machine, and what is missing', 'falx doctor --json').does(
    async (context) => (await import('./commands/doctor-command.ts')).doctor(context),
  );

  const verify = command(
    'verify-gpu',
    'try all that Falx does on the GPU, and write what was seen',
    'falx verify-gpu --out h200.json',
  );
  verify.declared
    .addOption(
      new Option('--device <device>', 'cpu: the same steps, small, to try the verification itself')
        .choices(['gpu', 'cpu'])
        .default('gpu'),
    )
    .option('--budget <seconds>', 'no step is begun after that (default: 480)', positiveInteger)
    .option('--only <names>', 'steps to do, by their names, such as "doctor,placement"')
    .option('--out <file>', 'the report, replaced after each step (default: falx-verify-gpu.json)');
  verify.does(async (context, options: VerifyGpuOptions) =>
    (await import('./commands/verify-gpu-command.ts')).verifyGpu(context, options),
  );

  const demo = command(
    'demo <dir>',
    'write a folder of made-up scans in two classes, to try Falx with',
    'falx demo /tmp/phantoms --per-class 100',
  );
  demo.declared
    .option('--per-class <n>', 'scans of each class (default: 180)', integer)
    .option('--size <px>', 'width and height of the pictures, pixels (default: 192)', integer)
    .option('--seed <n>', 'the same seed gives the same pictures (default: 7)', integer);
  demo.does(async (context, dir: string, options: DemoOptions) =>
    (await import('./commands/demo-command.ts')).demo(context, dir, options),
  );

  const deidentify = command(
    'deidentify <dir>',
    'write copies of a folder’s DICOM images without identities',
    'falx deidentify ~/scans --to ~/scans-without-names',
  );
  deidentify.declared
    .requiredOption(
      '--to <dir>',
      'the new folder; beside it come a report and the mapping that says who is who',
    )
    .option(
      '--move-dates',
      'move dates by as many days for all of a patient’s files, instead of removing them',
    )
    .option(
      '--key <file>',
      'what pseudonyms are made with; made when it is not there (default: in the home folder)',
    );
  deidentify.does(async (context, dir: string, options: DeidentifyOptions) =>
    (await import('./commands/deidentify-command.ts')).deidentify(context, dir, options),
  );

  const imports = command(
    'import <dir>',
    'import a folder, or a zip archive of one, that has one sub-folder a class or a CSV of labels',
    'falx import ~/scans --name hospital-a --positive "Brain Tumor"\n  falx import scans.zip --labels labels.csv',
  );
  imports.declared
    .option('--name <name>', 'name of the dataset (default: the folder’s)')
    .option(
      '--positive <class>',
      'the class to be found (default: as last time, else a guess from the names)',
    )
    .option(
      '--labels <csv>',
      'CSV of file, label and patient, or of two of these; no class folders are needed then',
    )
    .option('--file-column <name>', 'its column of files (default: guessed, such as "file" or "path")')
    .option(
      '--label-column <name>',
      'its column of labels (default: guessed, such as "label" or "diagnosis")',
    )
    .option(
      '--patient-column <name>',
      'its column of patients (default: guessed, such as "patient" or "subject")',
    )
    .option(
      '--classes <a,b>',
      'the two class folders or labels to take, where there are more; "tumour=a+b,none=c" puts several together (default: as last time)',
      parseClasses,
    )
    .option(
      '--plane <plane>',
      `how volumes are cut: ${planeNames} (default: axial; a DICOM series as acquired)`,
    )
    .option(
      '--slices <n>',
      'at most n slices of each volume, evenly spaced (default: all that cut the brain)',
      integer,
    )
    .option('--reread', 'read every file again (default: only those that changed since the last import)');
  imports.does(async (context, dir: string, options: ImportCommandOptions) =>
    (await import('./commands/import-command.ts')).importDataset(context, dir, options),
  );

  const check = command(
    'check <dataset>',
    'find twins: exact copies, and one scan flipped, turned, brightened, resized or cropped; decide about them',
    'falx check hospital-a\n  falx check hospital-a --drop-twins\n  falx check hospital-a --pattern "^[^/]+/([^_]+)_"',
  );
  check.declared
    .option('--again', 'look anew (default: the last check is shown while no image has changed)')
    .option('--drop-twins', 'leave all but one image of each undecided group out of splits')
    .option('--drop <files...>', 'leave these images out of splits')
    .option('--keep <files...>', 'keep these images: they were looked at')
    .option('--same-patient <files...>', 'these are of one patient: never part them')
    .option('--not-twins <files...>', 'these are not of one scan')
    .option('--undo', 'take the newest decision back')
    .option('--redo', 'bring the decision back that was taken back last')
    .option('--decisions', 'list all decisions, newest first')
    .option('--pattern <regex>', 'show what groups a pattern would make of the file names');
  check.does(async (context, dataset: string, options: CheckOptions) =>
    (await import('./commands/check-command.ts')).check(context, dataset, options),
  );

  const audit = command(
    'audit <dir>',
    'audit a ready-made folder (train, validation and test, or two class folders): leaks, labels, shortcuts',
    'falx audit ~/downloads/brain-mri\n  falx audit ~/downloads/brain-mri --csv repaired.csv --html audit.html',
  );
  audit.declared
    .option('--positive <class>', 'the class to be found (default: a guess from the names)')
    .option(
      '--classes <a,b>',
      'the two class folders to take, where there are more; "tumour=a+b,none=c" puts several together (default: as last time)',
      parseClasses,
    )
    .option(
      '--repair',
      'store a split that leaks nothing: the parts keep their sizes, whole groups go to one side',
    )
    .option(
      '--csv <file>',
      'write the repaired split as a table of file, class, part and group (does --repair)',
    )
    .option('--html <file>', 'write a page with the pairs side by side as pictures');
  audit.does(async (context, dir: string, options: AuditOptions) =>
    (await import('./commands/audit-command.ts')).audit(context, dir, options),
  );

  const shortcuts = command(
    'shortcuts <dataset>',
    'see how well the classes are told apart without the brain: by file, border, grey levels, or 16 × 16 pixels',
    'falx shortcuts hospital-a',
  );
  shortcuts.declared.option('--seed <n>', 'the same seed gives the same audit (default: 7)', integer);
  shortcuts.does(async (context, dataset: string, options: { seed?: number }) =>
    (await import('./commands/shortcuts-command.ts')).shortcuts(context, dataset, options),
  );

  const split = command(
    'split <dataset>',
    'split a dataset into a train, a validation and a test part',
    'falx split hospital-a --test 0.2 --validation 0.1 --seed 7\n  falx split hospital-a --by patient --folds 5',
  );
  split.declared
    .option('--test <fraction>', 'share of the images for the test part (default: 0.2)', number)
    .option(
      '--validation <fraction>',
      'share of the images to choose the best epoch by (default: 0.1)',
      number,
    )
    .option('--seed <n>', 'the same seed gives the same split (default: 7)', integer)
    .option(
      '--use-given',
      'keep the train, validation and test folders that the images came in, mended where a group lies in several',
    )
    .option(
      '--by <what>',
      'keep together: twins; patient (and twins); none (but exact duplicates: a random split, to see what leaks) (default: patient where one is known, else twins)',
    )
    .option(
      '--pattern <regex>',
      'keep together, besides twins, what a pattern finds the same in the file names',
    )
    .option('--folds <k>', 'make k splits instead, 2 to 20; each image is in the test part of one', integer)
    .option('--no-check', 'do not look for twins first where it was not done yet');
  split.does(async (context, dataset: string, options: SplitOptions) =>
    (await import('./commands/split-command.ts')).split(context, dataset, options),
  );

  const train = command(
    'train [splits...]',
    'train networks on a split, or on every fold of a set (cv-…), one after another; Ctrl-C stops and keeps the best epoch, twice breaks off',
    'falx train sp-k3f9x2ma --networks mobilenetv2,resnet50 --epochs 20\n  falx train cv-7m2dk0xa --networks mobilenetv2\n  falx train --resume run-8d2kq0vz',
  );
  addTrainingOptions?.(train.declared);
  train.does(async (context, splits: string[], options: TrainOptions) =>
    (await import('./commands/train-command.ts')).train(context, splits, options),
  );

  command('evaluate <run>', 'measure a run on the test part of its split', 'falx evaluate run-8d2kq0vz').does(
    async (context, run: string) => (await import('./commands/evaluate-command.ts')).evaluate(context, run),
  );

  command(
    'compare <runs...>',
    'set runs of one split side by side, evaluating those that were not yet; runs on folds of one set, or a set (cv-…), are summarised',
    'falx compare run-8d2kq0vz run-1mz7h4tc\n  falx compare cv-7m2dk0xa',
  ).does(async (context, runs: string[]) =>
    (await import('./commands/compare-command.ts')).compare(context, runs),
  );

  const labels = command(
    'labels <runs...>',
    'list scans whose labels evaluated runs contradict with confidence; runs of all folds judge every scan',
    'falx labels run-8d2kq0vz run-1mz7h4tc --limit 20',
  );
  labels.declared.option('--limit <n>', 'how many to list at most (default: 50)', positiveInteger);
  labels.does(async (context, runs: string[], options: { limit?: number }) =>
    (await import('./commands/labels-command.ts')).labels(context, runs, options),
  );

  const predict = command(
    'predict <run> <files...>',
    'give the probability of the positive class for scans; for each slice of volumes, or one as FILE#axial:45',
    'falx predict run-8d2kq0vz scan.png other.jpg\n  falx predict run-8d2kq0vz flair.nii.gz --slices 20',
  );
  predict.declared
    .option('--plane <plane>', `how volumes are cut: ${planeNames} (default: as those the run learnt from)`)
    .option(
      '--slices <n>',
      'at most n slices of each volume, evenly spaced (default: all that cut the brain)',
      integer,
    );
  predict.does(async (context, run: string, files: string[], options: PredictCommandOptions) =>
    (await import('./commands/predict-command.ts')).predict(context, run, files, options),
  );

  command('runs', 'list all runs', 'falx runs').does(async (context) =>
    (await import('./commands/runs-command.ts')).runs(context),
  );

  command('show <id>', 'show a dataset, a split or a run', 'falx show run-8d2kq0vz').does(
    async (context, id: string) => (await import('./commands/show-command.ts')).show(context, id),
  );

  command(
    'remove <ids...>',
    'put datasets, splits or runs in the trash, where they can be taken back for 30 days',
    'falx remove run-8d2kq0vz\n  falx trash restore run-8d2kq0vz',
  ).does(async (context, ids: string[]) =>
    (await import('./commands/trash-command.ts')).remove(context, ids),
  );

  command(
    'trash [action] [ids...]',
    'list what was removed, with its size; "restore ID…" takes it back, "empty [ID…]" deletes it for good, all of it without an id',
    'falx trash\n  falx trash restore run-8d2kq0vz\n  falx trash empty',
  ).does(async (context, action: string | undefined, ids: string[]) =>
    (await import('./commands/trash-command.ts')).trash(context, action, ids),
  );

  command(
    'weights [action] [values...]',
    'list the ImageNet weights; "add FILE" takes one in, or a pack; "download [NETWORK…]" fetches Keras’s public files; "pack FILE" writes a pack for machines without a network',
    'falx weights\n  falx weights add mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5\n  falx weights download resnet50\n  falx weights pack falx-weights.zip',
  ).does(async (context, action: string | undefined, values: string[]) =>
    (await import('./commands/weights-command.ts')).weights(context, action, values),
  );

  const registry = command(
    'registry [action] [values...]',
    'list the backups of the registry; "backup" makes one, "check" looks for damage, "restore [FILE]" puts the newest whole one, or FILE, in its place and keeps what was there, "export [FILE]" writes all records as JSON Lines',
    'falx registry backups\n  falx registry restore\n  falx registry restore registry-6-20261129T021530123Z.sqlite\n  falx registry export records.jsonl',
  );
  registry.declared.option(
    '--secrets',
    'with "export": the salt of the patients’ hashes too, which going on with the records elsewhere needs',
  );
  registry.does(async (context, action: string | undefined, values: string[], options: RegistryOptions) =>
    (await import('./commands/registry-command.ts')).registry(context, action, values, options),
  );

  const auditLog = command(
    'audit-log [action] [file]',
    'show what was done, newest last; "verify [FILE]" finds any edit, deletion or reorder; "export [FILE]" writes it as JSON Lines',
    'falx audit-log\n  falx audit-log verify\n  falx audit-log verify --against ./tumour-model\n  falx audit-log export trail.jsonl',
  );
  auditLog.declared
    .option('--limit <n>', 'with "show": how many entries at most (default: 20)', positiveInteger)
    .option('--head <number:hash>', 'with "verify": an entry that is known, as "show" prints the newest')
    .option('--against <file>', 'with "verify": an exported model’s folder, or its audit-head.json');
  auditLog.does(
    async (context, action: string | undefined, file: string | undefined, options: AuditLogOptions) =>
      (await import('./commands/audit-log-command.ts')).auditLog(context, action, file, options),
  );

  const gpu = command(
    'gpu [action]',
    'GPU support (3.2 GB): "status" (default), "install", "remove"',
    'falx gpu\n  falx gpu install\n  falx gpu install --from /media/usb/falx-gpu\n  falx gpu status --verify',
  );
  gpu.declared
    .option(
      '--from <folder>',
      'install from a folder or USB stick that holds its files; no network is needed',
    )
    .option('--verify', 'with "status": read all of it and compare it byte for byte');
  gpu.does(async (context, action: string | undefined, options: GpuOptions) =>
    (await import('./commands/gpu-command.ts')).gpu(context, action, options),
  );

  const exporting = command(
    'export <run> <target>',
    'copy a run’s model to a new folder (a TensorFlow SavedModel), or to one file by its name’s ending',
    'falx export run-8d2kq0vz ./tumour-model\n  falx export run-8d2kq0vz tumour-model.zip',
  );
  exporting.declared.addOption(
    new Option(
      '--format <name>',
      `${exportFormatNames.map((name) => `${name}: ${exportFormats[name].title}`).join('; ')} (default: by the ending)`,
    ).choices(exportFormatNames),
  );
  exporting.does(async (context, run: string, target: string, options: { format?: ExportFormat }) =>
    (await import('./commands/export-command.ts')).exportModel(context, run, target, options),
  );

  const serve = command(
    'serve',
    'open Falx in a browser: on this machine, or through a tunnel on one with a screen',
    'falx serve\n  falx serve --port 8321 --no-open',
  );
  serve.declared
    .option('--port <n>', 'port of 127.0.0.1 to listen on (default: any that is free)', port)
    .option('--no-open', 'print the address only');
  serve.does(async (context, options: ServeOptions) =>
    (await import('./commands/serve-command.ts')).serve(context, options),
  );

  const completion = command(
    'completion',
    'print what makes a shell complete commands, options and values, or the manual page',
    'falx completion bash > ~/.local/share/bash-completion/completions/falx\n  falx completion fish > ~/.config/fish/completions/falx.fish',
  );
  completion.declared.addArgument(
    new Argument('<shell>', 'whom to tell').choices(['bash', 'zsh', 'fish', 'man']),
  );
  completion.does(async ({ output }, shell: CompletionTarget) =>
    (await import('./commands/completion-command.ts')).completion(output, shell, { program, examples }),
  );

  for (const one of [program, ...program.commands]) for (const option of one.options) refuseInWords(option);
  return { program, examples };
}

const outputFor = (json: boolean, args: readonly string[]): Output =>
  openOutput(json, process.stdout, process.stderr, languageOf(args));

/** What an option does not take is refused by a message of the catalogue: commander has English only. */
function refuseInWords(option: Option): void {
  const { parseArg, argChoices: choices } = option;
  const refused = (typed: string, needs: Message) =>
    new FalxError('optionRefused', { option: option.flags, typed, needs });
  if (choices)
    option.argParser((typed) => {
      if (!choices.includes(typed)) throw refused(typed, message('needsOneOf', { choices }));
      return typed;
    });
  else if (parseArg)
    option.argParser((typed, previous: unknown) => {
      try {
        return parseArg(typed, previous);
      } catch (error) {
        throw error instanceof ValueRefused ? refused(typed, error.needs) : error;
      }
    });
}

const wholeLine = `  falx import ~/scans --name hospital-a
  falx split hospital-a
  falx train sp-k3f9x2ma
  falx compare run-8d2kq0vz run-1mz7h4tc run-q5s0e9wb
  falx predict run-8d2kq0vz scan.png`;

const planeNames = 'axial, coronal or sagittal';

export type ImportCommandOptions = {
  name?: string;
  positive?: string;
  labels?: string;
  fileColumn?: string;
  labelColumn?: string;
  patientColumn?: string;
  classes?: ClassChoice[];
  plane?: string;
  slices?: number;
  reread?: true;
};

type DemoOptions = { perClass?: number; size?: number; seed?: number };

export type ServeOptions = { port?: number; open: boolean };

/** Writes out what is still buffered: a pipe takes it later than the call returns. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  // Whoever read the output has had enough of it, such as "head": nothing is wrong.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const code = await main(process.argv.slice(2));
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(code);
}
