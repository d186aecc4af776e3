import { z } from 'zod';
import type { Job } from '../../../src-main/contract/jobs.ts';
import { ClassChoice } from '../../../src-main/contract/labels.ts';
import { app } from '../../app/app.svelte.ts';
import { AppError, asAppError } from '../../app/app-error.ts';
import { confirm, toast, toastError } from '../../app/feedback.svelte.ts';
import { t } from '../../app/messages.ts';
import { lastName } from '../../app/paths.ts';
import { go, route } from '../../app/route.svelte.ts';
import type { DroppedFile } from '../../host/host.ts';
import { topFolder, visible } from './dropped.ts';

/** A folder being uploaded to the machine Falx runs on, bytes. */
export type Upload = { name: string; sent: number; total: number };

/** The answer to `ClassQuestion`. */
type ChosenClasses = { classes?: ClassChoice[]; positive?: string };

export type Failure = {
  what: 'import' | 'upload' | 'audit';
  error: AppError;
  /** Retries; null where that can't help. */
  retry: (() => void) | null;
  /** Where more than two classes were found. */
  question?: ClassQuestion | null;
};

/** Asks which classes to distinguish. */
export type ClassQuestion = {
  names: string[];
  suggested: ClassChoice[] | null;
  /** @param positive name of the positive class. */
  answer: (classes: ClassChoice[], positive: string) => void;
};

/** The imports and their progress. It lives as long as the window: the user may leave the screen meanwhile. */
class Imports {
  upload = $state.raw<Upload | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** A click whose request has not been answered yet. */
  starting = $state(false);
  /** Number of jobs whose result is still to be shown. */
  #unshown = $state(0);
  readonly running: Job[] = $derived([...app.jobs.values()].filter(isImport).filter(isRunning));
  readonly #followed = new Set<string>();
  #stopUpload: AbortController | null = null;
  /** Where the one being started was asked for: it may be told of before the answer comes. */
  #begunAt: { id: string | null } | null = null;

  get busy(): boolean {
    return this.starting || this.upload !== null || this.#unshown > 0 || this.running.length > 0;
  }

  async choose(): Promise<void> {
    try {
      const folder = await app.host.pickFolder();
      if (folder !== null) await this.import(folder);
    } catch (error) {
      toastError(error);
    }
  }

  async chooseArchive(): Promise<void> {
    try {
      const [file] =
        (await app.host.pickFiles({
          title: t('data.chooseArchive'),
          extensions: ['zip'],
          multiple: false,
        })) ?? [];
      if (file !== undefined) await this.import(file);
    } catch (error) {
      toastError(error);
    }
  }

  /**
   * @param folder or zip archive, on the machine Falx runs on.
   * @param table of labels, null for none; by default one is looked for.
   */
  async import(folder: string, table?: string | null, chosen: ChosenClasses = {}): Promise<void> {
    let labels = table;
    await this.#start(
      async () => {
        labels = table === undefined ? await chosenTable(folder) : table;
        return app.client.datasets.import({ folder, ...(labels === null ? {} : { labels }), ...chosen });
      },
      () => void this.import(folder, table, chosen),
      (classes, positive) => void this.import(folder, labels, { classes, positive }),
    );
  }

  async drawSamples(): Promise<void> {
    await this.#start(
      () => app.client.datasets.demo(),
      () => void this.drawSamples(),
    );
  }

  /** Imports a folder dropped or chosen from this computer; in a browser it is uploaded first. */
  async take(files: DroppedFile[], name = topFolder(files)): Promise<void> {
    const accepted = visible(files);
    const retry = () => void this.take(files, name);
    this.failure = null;
    if (accepted.length === 0) return this.#refuse(t('data.noFiles', { name }));
    const single = accepted.every(({ relativePath }) => !relativePath.includes('/'));
    if (single && !isArchive(accepted)) return this.#refuse(t('data.singleFiles'));
    const total = accepted.reduce((sum, { file }) => sum + file.size, 0);
    this.upload = { name, sent: 0, total };
    const stop = (this.#stopUpload = new AbortController());
    // Another may be dropped while this one is being uploaded.
    const ended = () => {
      if (this.#stopUpload !== stop) return;
      this.upload = null;
      this.#stopUpload = null;
    };
    try {
      const { folder, files: paths } = await app.host.take(
        accepted,
        (sent) => {
          if (this.#stopUpload === stop) this.upload = { name, sent, total };
        },
        stop.signal,
      );
      ended();
      const path = single ? paths[0] : folder;
      if (path == null) this.#refuse(t('data.singleFiles'));
      else await this.import(path);
    } catch (error) {
      if (stop.signal.aborted) toast({ text: t('data.cancelled') });
      else this.failure = { what: 'upload', error: asAppError(error), retry };
    } finally {
      ended();
    }
  }

  cancelUpload(): void {
    this.#stopUpload?.abort();
  }

  async cancel(job: Job): Promise<void> {
    try {
      await app.client.jobs.cancel({ jobId: job.id });
    } catch (error) {
      toastError(error);
    }
  }

  /** Waits for jobs that were started before this page was reloaded. */
  followAll(): void {
    for (const job of this.running) {
      const retry = () => void (job.kind === 'demo' ? this.drawSamples() : this.import(job.subject));
      void this.#follow(
        job.id,
        retry,
        (classes, positive) => void this.import(job.subject, undefined, { classes, positive }),
      );
    }
  }

  async #start(
    start: () => Promise<Job>,
    retry: () => void,
    answer?: ClassQuestion['answer'],
  ): Promise<void> {
    this.failure = null;
    this.starting = true;
    this.#begunAt = { id: route.id };
    try {
      const { id } = await app.beginJob(start);
      void this.#follow(id, retry, answer);
    } catch (error) {
      this.failure = { what: 'import', error: asAppError(error), retry };
    } finally {
      this.starting = false;
      this.#begunAt = null;
    }
  }

  async #follow(jobId: string, retry: () => void, answer?: ClassQuestion['answer']): Promise<void> {
    if (this.#followed.has(jobId)) return;
    this.#followed.add(jobId);
    this.#unshown += 1;
    const from = (this.#begunAt ?? route).id;
    try {
      await showResult(await app.jobEnd(jobId), from);
    } catch (thrown) {
      const error = asAppError(thrown);
      if (error.code === 'cancelled') toast({ text: t('data.cancelled') });
      else
        this.failure = {
          what: 'import',
          error,
          retry,
          question: answer ? classQuestionOf(error, answer) : null,
        };
    } finally {
      this.#unshown -= 1;
    }
  }

  #refuse(message: string): void {
    this.failure = { what: 'import', error: new AppError('bad-dataset', message), retry: null };
  }
}

export const imports = new Imports();

/** The question that an import's error leaves: three or more classes were found. */
export function classQuestionOf({ facts }: AppError, answer: ClassQuestion['answer']): ClassQuestion | null {
  const names = facts['classes'] ?? facts['found'];
  const suggested = z.array(ClassChoice).safeParse(facts['suggested']);
  return Array.isArray(names) && names.length > 2 && 'suggested' in facts
    ? { names: names.map(String), suggested: suggested.data ?? null, answer }
    : null;
}

const isArchive = (files: readonly DroppedFile[]): boolean =>
  files.length === 1 && /\.zip$/i.test(files[0]!.file.name);

/** The table of labels or patients found in a folder, if the user wants to use it. */
async function chosenTable(folder: string): Promise<string | null> {
  const table = await app.client.datasets.tableIn({ folder });
  if (!table) return null;
  const { file, label, patient } = table.columns;
  const use = await confirm({
    title: t('data.tableTitle', { name: lastName(table.file) }),
    text: t('data.tableText', {
      what: label !== null && patient !== null ? 'both' : label !== null ? 'labels' : 'patients',
      rows: table.rows,
      file,
      label: label ?? '',
      patient: patient ?? '',
    }),
    confirmLabel: t('data.tableUse'),
    refuseLabel: t('data.tableSkip'),
  });
  return use ? table.file : null;
}

/** Shows the new dataset if the user is still where its import began (`from`); otherwise a notice links to it. */
async function showResult({ resultId, counts }: Job, from: string | null): Promise<void> {
  if (resultId === null) return;
  const { dataset, images } = await app.client.datasets.get({ datasetId: resultId });
  const show = () => go('data', resultId);
  const elsewhere = ['audit', 'deidentified', 'deidentify'].some((aside) => route.query.has(aside));
  const awaited = route.name === 'data' && !elsewhere && (route.id === null || route.id === from);
  if (awaited) show();
  toast({
    kind: 'ok',
    text: resultSentence(dataset.name, images, counts),
    ...(awaited ? {} : { action: { label: t('data.show'), run: show } }),
  });
}

/** The result of an import, in a sentence: compared with the folder's previous import, if there was one. */
function resultSentence(name: string, images: number, counts: Job['counts'] = {}): string {
  const { added, changed = 0, gone = 0, unchanged = 0 } = counts;
  if (added === undefined) return t('data.imported', { name, images });
  return added + changed + gone === 0
    ? t('data.unchanged', { name, files: unchanged })
    : t('data.importedAgain', { name, images, added, changed, gone, unchanged });
}

const isImport = (job: Job): boolean => job.kind === 'import' || job.kind === 'demo';
const isRunning = (job: Job): boolean => job.state === 'running';
