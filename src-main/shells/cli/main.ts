import { pathToFileURL } from 'node:url';
import { Argument, Command, CommanderError, Option } from 'commander';
import { FalxError } from '../../contract/errors.ts';
import { message, type Message } from '../../contract/messages/catalogue.ts';
import { commandWords, filled } from '../../contract/messages/commands.ts';
import { languages, type Language } from '../../contract/messages/languages.ts';
import { keepPrivate } from '../../system/rights.ts';
import { kerasScalings } from '../../contract/keras-import.ts';
import { findHome, type HomeFrom } from '../../registry/find-home.ts';
import { type ExportFormat, exportFormatNames, exportFormats } from '../../contract/export-formats.ts';
import type { ClassChoice } from '../../contract/labels.ts';
import { falxVersion } from '../../version.ts';
import { parseClasses } from './class-option.ts';
import type { AuditLogOptions } from './commands/audit-log-command.ts';
import type { AuditOptions } from './commands/audit-command.ts';
import type { CheckOptions } from './commands/check-command.ts';
import type { CompareOptions } from './commands/compare-command.ts';
import type { ReportOptions } from './commands/report-command.ts';
import type { CompletionTarget } from './commands/completion-command.ts';
import type { DeidentifyOptions } from './commands/deidentify-command.ts';
import type { GpuOptions } from './commands/gpu-command.ts';
import type { ImportRunCommandOptions } from './commands/import-run-command.ts';
import type { PredictCommandOptions } from './commands/predict-command.ts';
import type { RegistryOptions } from './commands/registry-command.ts';
import type { ReproduceCommandOptions } from './commands/reproduce-command.ts';
import type { RobustnessOptions } from './commands/robustness-command.ts';
import type { SampleSizeOptions } from './commands/sample-size-command.ts';
import type { SplitOptions } from './commands/split-command.ts';
import type { VerifyGpuOptions } from './commands/verify-gpu-command.ts';
import { reportFailure } from './failure.ts';
import { helpIn } from './help.ts';
import {
  errorRate,
  integer,
  number,
  port,
  positiveInteger,
  properShare,
  thresholdRule,
  ValueRefused,
} from './numbers.ts';
import { languageOf } from './language.ts';
import { openOutput, type Output } from './output.ts';
import type { TrainOptions } from './train-options.ts';

/** The commands, and for each the example at the end of its help. */
export type CommandLine = {
  readonly program: Command;
  readonly examples: ReadonlyMap<Command, string>;
  readonly language: Language;
};

/** Passed to every command. */
export type Context = { home: string; homeFrom: HomeFrom; output: Output };

/** A command's exit code; undefined is 0. */
type Outcome = Promise<number | undefined | void>;

/**
 * The falx command. Commands are declared here and implemented in commands/, each loaded only when it is used, so that help and
 * mistakes are answered at once.
 * @param args without the interpreter and the script.
 * @returns the exit code: 0, 1 (failed) or 2 (wrong usage).
 */
export async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  const exit = (outcome: number) => {
    code = outcome;
  };
  // The options of "train" load the settings' schemas, which other commands' help need not wait for.
  const whole = args.some((one) => one === 'train' || one === 'completion');
  const { program } = whole ? await declareAll(exit, args) : declare(exit, args);
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // help or version was requested
    return reportFailure(error, outputFor(args.includes('--json'), args));
  }
}

/** The complete command line as declared, for other uses: completion, the manual page. */
export const declareAll = async (
  exit: (code: number) => void = () => undefined,
  args: readonly string[] = [],
): Promise<CommandLine> => declare(exit, args, (await import('./train-options.ts')).addTrainingOptions);

function declare(
  exit: (code: number) => void,
  args: readonly string[],
  addTrainingOptions?: (train: Command, language: Language) => void,
): CommandLine {
  const language = languageOf(args);
  const words = commandWords[language];
  const examples = new Map<Command, string>();
  const program = new Command('falx')
    .description(words.program.description)
    .version(falxVersion(), '-V, --version', words.program.version)
    .option('--home <dir>', words.program.home)
    .addOption(new Option('--language <language>', words.program.language).choices(languages))
    .option('--json', words.program.json)
    .helpOption('-h, --help', words.program.help)
    .configureHelp(helpIn(language))
    .configureOutput({ writeErr: () => undefined }) // failures are reported in one place, as text or JSON
    .exitOverride()
    .helpCommand('help [command]', words.program.helpCommand)
    .addHelpText('after', `\n${words.program.wholeLine}\n${wholeLine}`);

  /** Declares a command whose action gets the context first. */
  const command = (usage: string, description: string, example: string) => {
    const declared = program
      .command(usage)
      .description(description)
      .addHelpText('after', `\n${words.program.example}\n  ${example}`);
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

  command('doctor', words.doctor.description, 'falx doctor --json').does(async (context) =>
    (await import('./commands/doctor-command.ts')).doctor(context),
  );

  const verify = command('verify-gpu', words.verifyGpu.description, 'falx verify-gpu --out h200.json');
  verify.declared
    .addOption(new Option('--device <device>', words.verifyGpu.device).choices(['gpu', 'cpu']).default('gpu'))
    .option('--budget <seconds>', words.verifyGpu.budget, positiveInteger)
    .option('--only <names>', words.verifyGpu.only)
    .option('--out <file>', words.verifyGpu.out);
  verify.does(async (context, options: VerifyGpuOptions) =>
    (await import('./commands/verify-gpu-command.ts')).verifyGpu(context, options),
  );

  const demo = command('demo <dir>', words.demo.description, 'falx demo /tmp/phantoms --per-class 100');
  demo.declared
    .option('--per-class <n>', words.demo.perClass, integer)
    .option('--size <px>', words.demo.size, integer)
    .option('--seed <n>', words.demo.seed, integer);
  demo.does(async (context, dir: string, options: DemoOptions) =>
    (await import('./commands/demo-command.ts')).demo(context, dir, options),
  );

  const deidentify = command(
    'deidentify <dir>',
    words.deidentify.description,
    'falx deidentify ~/scans --to ~/scans-without-names',
  );
  deidentify.declared
    .requiredOption('--to <dir>', words.deidentify.to)
    .option('--move-dates', words.deidentify.moveDates)
    .option('--key <file>', words.deidentify.key);
  deidentify.does(async (context, dir: string, options: DeidentifyOptions) =>
    (await import('./commands/deidentify-command.ts')).deidentify(context, dir, options),
  );

  const imports = command(
    'import <dir>',
    words.import.description,
    'falx import ~/scans --name hospital-a --positive "Brain Tumor"\n  falx import scans.zip --labels labels.csv',
  );
  imports.declared
    .option('--name <name>', words.import.name)
    .option('--positive <class>', words.import.positive)
    .option('--labels <csv>', words.import.labels)
    .option('--file-column <name>', words.import.fileColumn)
    .option('--label-column <name>', words.import.labelColumn)
    .option('--patient-column <name>', words.import.patientColumn)
    .option('--classes <a,b>', words.import.classes, parseClasses)
    .option('--plane <plane>', words.import.plane)
    .option('--slices <n>', words.import.slices, integer)
    .option('--reread', words.import.reread);
  imports.does(async (context, dir: string, options: ImportCommandOptions) =>
    (await import('./commands/import-command.ts')).importDataset(context, dir, options),
  );

  const check = command(
    'check <dataset>',
    words.check.description,
    'falx check hospital-a\n  falx check hospital-a --drop-twins\n  falx check hospital-a --pattern "^[^/]+/([^_]+)_"',
  );
  check.declared
    .option('--again', words.check.again)
    .option('--drop-twins', words.check.dropTwins)
    .option('--drop <files...>', words.check.drop)
    .option('--keep <files...>', words.check.keep)
    .option('--same-patient <files...>', words.check.samePatient)
    .option('--not-twins <files...>', words.check.notTwins)
    .option('--undo', words.check.undo)
    .option('--redo', words.check.redo)
    .option('--decisions', words.check.decisions)
    .option('--pattern <regex>', words.check.pattern);
  check.does(async (context, dataset: string, options: CheckOptions) =>
    (await import('./commands/check-command.ts')).check(context, dataset, options),
  );

  const audit = command(
    'audit <dir>',
    words.audit.description,
    'falx audit ~/downloads/brain-mri\n  falx audit ~/downloads/brain-mri --csv repaired.csv --html audit.html',
  );
  audit.declared
    .option('--positive <class>', words.audit.positive)
    .option('--classes <a,b>', words.audit.classes, parseClasses)
    .option('--repair', words.audit.repair)
    .option('--csv <file>', words.audit.csv)
    .option('--html <file>', words.audit.html);
  audit.does(async (context, dir: string, options: AuditOptions) =>
    (await import('./commands/audit-command.ts')).audit(context, dir, options),
  );

  const shortcuts = command('shortcuts <dataset>', words.shortcuts.description, 'falx shortcuts hospital-a');
  shortcuts.declared.option('--seed <n>', words.shortcuts.seed, integer);
  shortcuts.does(async (context, dataset: string, options: { seed?: number }) =>
    (await import('./commands/shortcuts-command.ts')).shortcuts(context, dataset, options),
  );

  const split = command(
    'split <dataset>',
    words.split.description,
    'falx split hospital-a --test 0.2 --validation 0.1 --seed 7\n  falx split hospital-a --by patient --folds 5\n  falx split hospitals --leave-out site --csv scans.csv',
  );
  split.declared
    .option('--test <fraction>', words.split.test, number)
    .option('--validation <fraction>', words.split.validation, number)
    .option('--seed <n>', words.split.seed, integer)
    .option('--use-given', words.split.useGiven)
    .option('--by <what>', words.split.by)
    .option('--pattern <regex>', words.split.pattern)
    .option('--folds <k>', words.split.folds, integer)
    .option('--leave-out <what>', words.split.leaveOut)
    .option('--csv <file>', words.split.csv)
    .option('--no-check', words.split.noCheck);
  split.does(async (context, dataset: string, options: SplitOptions) =>
    (await import('./commands/split-command.ts')).split(context, dataset, options),
  );

  const train = command(
    'train [splits...]',
    words.train.description,
    'falx train sp-k3f9x2ma --networks mobilenetv2,resnet50 --epochs 20\n  falx train cv-7m2dk0xa --networks mobilenetv2\n  falx train --resume run-8d2kq0vz',
  );
  addTrainingOptions?.(train.declared, language);
  train.does(async (context, splits: string[], options: TrainOptions) =>
    (await import('./commands/train-command.ts')).train(context, splits, options),
  );

  command('evaluate <run>', words.evaluate.description, 'falx evaluate run-8d2kq0vz').does(
    async (context, run: string) => (await import('./commands/evaluate-command.ts')).evaluate(context, run),
  );

  const compare = command(
    'compare <runs...>',
    words.compare.description,
    'falx compare run-8d2kq0vz run-1mz7h4tc\n  falx compare run-8d2kq0vz --prevalence 0.05\n  falx compare run-8d2kq0vz --threshold sensitivity:0.95\n  falx compare run-8d2kq0vz --by scanner --csv scans.csv\n  falx compare cv-7m2dk0xa',
  );
  compare.declared
    .option('--prevalence <share>', words.compare.prevalence, properShare)
    .option('--margin <share>', words.compare.margin, properShare)
    .option('--all', words.compare.all)
    .option('--threshold <rule>', words.compare.threshold, thresholdRule)
    .option('--by <what>', words.compare.by)
    .option('--csv <file>', words.compare.csv);
  compare.does(async (context, runs: string[], options: CompareOptions) =>
    (await import('./commands/compare-command.ts')).compare(context, runs, options),
  );

  const robust = command('robustness <run>', words.robustness.description, 'falx robustness run-8d2kq0vz');
  robust.declared.option('--again', words.robustness.again);
  robust.does(async (context, run: string, options: RobustnessOptions) =>
    (await import('./commands/robustness-command.ts')).robustness(context, run, options),
  );

  const sizes = command(
    'sample-size',
    words.sampleSize.description,
    'falx sample-size\n  falx sample-size --sensitivity 0.95 --half 0.03 --prevalence 0.2',
  );
  sizes.declared
    .option('--prevalence <share>', words.sampleSize.prevalence, number)
    .option('--sensitivity <share>', words.sampleSize.sensitivity, number)
    .option('--specificity <share>', words.sampleSize.specificity, number)
    .option('--half <share>', words.sampleSize.half, number)
    .option('--auc <area>', words.sampleSize.auc, number)
    .option('--auc-width <width>', words.sampleSize.aucWidth, number)
    .option('--ratio-width <width>', words.sampleSize.ratioWidth, number)
    .option('--slope-width <width>', words.sampleSize.slopeWidth, number)
    .option('--difference <share>', words.sampleSize.difference, number)
    .option('--discordant <share>', words.sampleSize.discordant, number);
  sizes.does(async (context, options: SampleSizeOptions) =>
    (await import('./commands/sample-size-command.ts')).sampleSize(context, options),
  );

  const validate = command(
    'validate <runs...>',
    words.validate.description,
    'falx validate run-8d2kq0vz hospital-b\n  falx validate run-8d2kq0vz run-1mz7h4tc hospital-b',
  );
  validate.declared.usage('[options] <runs...> <dataset>');
  validate.does(async (context, typed: string[]) =>
    (await import('./commands/validate-command.ts')).validate(context, typed),
  );

  const report = command(
    'report <runs-and-file...>',
    words.report.description,
    'falx report run-8d2kq0vz run-1mz7h4tc report.html\n  falx report run-8d2kq0vz report.pdf\n  falx report run-8d2kq0vz run-1mz7h4tc everything.zip\n  falx report cv-7m2dk0xa folds.pdf\n  falx report run-8d2kq0vz report.html --threshold youden --by site --csv scans.csv',
  );
  report.declared
    .usage('[options] <runs...> <file>')
    .option('--threshold <rule>', words.compare.threshold, thresholdRule)
    .option('--by <what>', words.report.by, (one: string, before: string[] = []) => [...before, one])
    .option('--csv <file>', words.compare.csv);
  report.does(async (context, typed: string[], options: ReportOptions) =>
    (await import('./commands/report-command.ts')).report(context, typed, options),
  );

  const reproduce = command(
    'reproduce <file> <images>',
    words.reproduce.description,
    'falx reproduce report.reproduce.json ~/scans\n  falx reproduce report.reproduce.json hospital-a --no-train',
  );
  reproduce.declared.option('--no-train', words.reproduce.noTrain);
  reproduce.does(async (context, file: string, images: string, options: ReproduceCommandOptions) =>
    (await import('./commands/reproduce-command.ts')).reproduce(context, file, images, options),
  );

  const labels = command(
    'labels <runs...>',
    words.labels.description,
    'falx labels run-8d2kq0vz run-1mz7h4tc --limit 20',
  );
  labels.declared.option('--limit <n>', words.labels.limit, positiveInteger);
  labels.does(async (context, runs: string[], options: { limit?: number }) =>
    (await import('./commands/labels-command.ts')).labels(context, runs, options),
  );

  const predict = command(
    'predict <run> [files...]',
    words.predict.description,
    'falx predict run-8d2kq0vz scan.png other.jpg\n  falx predict run-8d2kq0vz flair.nii.gz --slices 20\n  falx predict run-8d2kq0vz ~/scans --xlsx answers.xlsx\n  falx predict run-8d2kq0vz --watch ~/incoming',
  );
  predict.declared
    .option('--plane <plane>', words.predict.plane)
    .option('--slices <n>', words.predict.slices, integer)
    .option('--error-rate <rate>', words.predict.errorRate, errorRate)
    .option('--with <runs>', words.predict.with)
    .option('--maps <folder>', words.predict.maps)
    .option('--map-method <name>', words.predict.mapMethod)
    .option('--csv <file>', words.predict.csv)
    .option('--xlsx <file>', words.predict.xlsx)
    .option('--pdf <file>', words.predict.pdf)
    .option('--sr <folder>', words.predict.sr)
    .option('--names', words.predict.names)
    .option('--watch <folder>', words.predict.watch);
  predict.does(async (context, run: string, files: string[], options: PredictCommandOptions) =>
    (await import('./commands/predict-command.ts')).predict(context, run, files, options),
  );

  command('runs', words.runs.description, 'falx runs').does(async (context) =>
    (await import('./commands/runs-command.ts')).runs(context),
  );

  command('show <id>', words.show.description, 'falx show run-8d2kq0vz').does(async (context, id: string) =>
    (await import('./commands/show-command.ts')).show(context, id),
  );

  command(
    'remove <ids...>',
    words.remove.description,
    'falx remove run-8d2kq0vz\n  falx trash restore run-8d2kq0vz',
  ).does(async (context, ids: string[]) =>
    (await import('./commands/trash-command.ts')).remove(context, ids),
  );

  command(
    'trash [action] [ids...]',
    words.trash.description,
    'falx trash\n  falx trash restore run-8d2kq0vz\n  falx trash empty',
  ).does(async (context, action: string | undefined, ids: string[]) =>
    (await import('./commands/trash-command.ts')).trash(context, action, ids),
  );

  command(
    'weights [action] [values...]',
    words.weights.description,
    'falx weights\n  falx weights add mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5\n  falx weights download resnet50\n  falx weights pack falx-weights.zip',
  ).does(async (context, action: string | undefined, values: string[]) =>
    (await import('./commands/weights-command.ts')).weights(context, action, values),
  );

  const registry = command(
    'registry [action] [values...]',
    words.registry.description,
    'falx registry backups\n  falx registry restore\n  falx registry restore registry-6-20261129T021530123Z.sqlite\n  falx registry export records.jsonl',
  );
  registry.declared.option('--secrets', words.registry.secrets);
  registry.does(async (context, action: string | undefined, values: string[], options: RegistryOptions) =>
    (await import('./commands/registry-command.ts')).registry(context, action, values, options),
  );

  const auditLog = command(
    'audit-log [action] [file]',
    words.auditLog.description,
    'falx audit-log\n  falx audit-log verify\n  falx audit-log verify --against ./tumour-model\n  falx audit-log export trail.jsonl',
  );
  auditLog.declared
    .option('--limit <n>', words.auditLog.limit, positiveInteger)
    .option('--head <number:hash>', words.auditLog.head)
    .option('--against <file>', words.auditLog.against);
  auditLog.does(
    async (context, action: string | undefined, file: string | undefined, options: AuditLogOptions) =>
      (await import('./commands/audit-log-command.ts')).auditLog(context, action, file, options),
  );

  const gpu = command(
    'gpu [action]',
    words.gpu.description,
    'falx gpu\n  falx gpu install\n  falx gpu install --from /media/usb/falx-gpu\n  falx gpu status --verify',
  );
  gpu.declared.option('--from <folder>', words.gpu.from).option('--verify', words.gpu.verify);
  gpu.does(async (context, action: string | undefined, options: GpuOptions) =>
    (await import('./commands/gpu-command.ts')).gpu(context, action, options),
  );

  const exporting = command(
    'export <run> <target>',
    words.export.description,
    'falx export run-8d2kq0vz ./tumour-model\n  falx export run-8d2kq0vz tumour-model.onnx\n  falx export run-8d2kq0vz tumour-model.falx',
  );
  exporting.declared.addOption(
    new Option(
      '--format <name>',
      filled(words.export.format, {
        formats: exportFormatNames
          .map((name) => `${name}: ${exportFormats[name].title} (${exportFormats[name].verifiedBy})`)
          .join('; '),
      }),
    ).choices(exportFormatNames),
  );
  exporting.does(async (context, run: string, target: string, options: { format?: ExportFormat }) =>
    (await import('./commands/export-command.ts')).exportModel(context, run, target, options),
  );

  const importRun = command(
    'import-run <file>',
    words.importRun.description,
    'falx import-run tumour-model.falx\n  falx import-run model.keras --classes no,yes --positive yes --pixels unit',
  );
  importRun.declared
    .option('--classes <a,b>', words.importRun.classes, parseClasses)
    .option('--positive <class>', words.importRun.positive)
    .addOption(new Option('--pixels <how>', words.importRun.pixels).choices(kerasScalings));
  importRun.does(async (context, file: string, options: ImportRunCommandOptions) =>
    (await import('./commands/import-run-command.ts')).importRunFile(context, file, options),
  );

  const mlflow = command(
    'mlflow <run> <address>',
    words.mlflow.description,
    'falx mlflow run-8d2kq0vz http://127.0.0.1:5000 --experiment tumours',
  );
  mlflow.declared.option('--experiment <name>', words.mlflow.experiment);
  mlflow.does(async (context, run: string, address: string, options: { experiment?: string }) =>
    (await import('./commands/mlflow-command.ts')).mlflow(context, run, address, options),
  );

  const serve = command(
    'serve',
    words.serve.description,
    'falx serve\n  falx serve --port 8321 --no-open\n  falx serve --predict run-8d2kq0vz --port 8322',
  );
  serve.declared
    .option('--port <n>', words.serve.port, port)
    .option('--no-open', words.serve.noOpen)
    .option('--predict <run>', words.serve.predict)
    .option('--with <runs>', words.predict.with)
    .option('--error-rate <rate>', words.predict.errorRate, errorRate)
    .option('--token-file <file>', words.serve.tokenFile)
    .option('--address <address>', words.serve.address);
  serve.does(async (context, options: ServeOptions) => {
    (await import('./steady-memory.ts')).restartWithSteadyMemory();
    if (options.predict !== undefined)
      return (await import('./commands/serve-predict-command.ts')).servePredict(
        context,
        options.predict,
        options,
      );
    return (await import('./commands/serve-command.ts')).serve(context, options);
  });

  const completion = command(
    'completion',
    words.completion.description,
    'falx completion bash > ~/.local/share/bash-completion/completions/falx\n  falx completion fish > ~/.config/fish/completions/falx.fish',
  );
  completion.declared.addArgument(
    new Argument('<shell>', words.completion.shell).choices(['bash', 'zsh', 'fish', 'man']),
  );
  completion.does(async ({ output }, shell: CompletionTarget) =>
    (await import('./commands/completion-command.ts')).completion(output, shell, {
      program,
      examples,
      language,
    }),
  );

  for (const one of [program, ...program.commands]) for (const option of one.options) refuseInWords(option);
  return { program, examples, language };
}

const outputFor = (json: boolean, args: readonly string[]): Output =>
  openOutput(json, process.stdout, process.stderr, languageOf(args));

/** Rejects an option's value with a message of the catalogue: commander has only English ones. */
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

export type ServeOptions = {
  port?: number;
  open: boolean;
  predict?: string;
  with?: string;
  errorRate?: number;
  tokenFile?: string;
  address?: string;
};

/** Flushes buffered output: a pipe receives it after the call returns. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  // The reader has closed the pipe, such as "head": nothing is wrong.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const code = await main(process.argv.slice(2));
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(code);
}
