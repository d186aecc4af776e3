import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Registry } from '../registry/registry.ts';
import type { HomeFrom } from '../registry/find-home.ts';
import { gpuPack } from '../gpu-pack/gpu-pack.ts';
import { places } from '../gpu-pack/pack-places.ts';
import { sweep } from '../gpu-pack/staging.ts';
import { nodeRequest, type SendRequest } from '../system/http-request.ts';
import { CheckReader } from './check-reader.ts';
import { Devices, type DevicesOptions } from './device-list.ts';
import { Deidentifications } from './deidentifications.ts';
import { Downloads } from './downloads.ts';
import { FolderAudits, type AuditReport } from './folder-audits.ts';
import { GpuTrials } from './gpu-trials.ts';
import { HomeKeeper } from './home-keeper.ts';
import { Hub } from './hub.ts';
import { Jobs } from './job-runner.ts';
import { releaseRuns } from './release-runs.ts';
import { openLog, type Log } from './log.ts';
import { PredictorPool } from './predictors.ts';
import { ScanMaps } from './scan-maps-keeper.ts';
import { RecordsKeeper } from './records-keeper.ts';
import { InputPreviews } from '../train/input-preview.ts';
import { TrainingQueue } from './training-queue.ts';
import { Thumbnails } from './thumbnails.ts';
import { removeAbandonedUploads, removeAnswered } from './uploads.ts';

export type Shell = 'desktop' | 'browser';

/** State shared by all windows, for as long as Falx is open. TensorFlow runs in processes of its own. */
export type Core = {
  /** The data folder, absolute. */
  readonly home: string;
  readonly shell: Shell;
  readonly registry: Registry;
  readonly hub: Hub;
  readonly jobs: Jobs;
  readonly devices: Devices;
  readonly training: TrainingQueue;
  readonly predictors: PredictorPool;
  readonly maps: ScanMaps;
  readonly previews: InputPreviews;
  readonly thumbnails: Thumbnails;
  readonly downloads: Downloads;
  /** Uploads that were predicted while no history is kept, until a window leaves them. */
  readonly answered: Set<string>;
  readonly folderAudits: FolderAudits;
  readonly deidentifications: Deidentifications;
  readonly gpuTrials: GpuTrials;
  /** Null: audits have no report. */
  readonly auditReport: AuditReport | null;
  readonly checkReader: CheckReader;
  readonly records: RecordsKeeper;
  readonly homeKeeper: HomeKeeper;
  readonly log: Log;
  /** HTTP client for downloads that the user requests. */
  readonly request: SendRequest;
  /** Interrupts jobs and training (which can be resumed), ends the predictors, and closes the registry and the log. */
  close(): Promise<void>;
};

/**
 * Opens a home folder for windows; a read-only one is shown, and every change to it refused.
 * @param homeFrom what set the folder; left out, it can't be changed in the window.
 * @throws FalxError `disk` or `registry` if it can't be used.
 */
export async function openCore({
  home,
  homeFrom = 'option',
  shell,
  request = nodeRequest,
  chooseDevices,
  auditReport = null,
}: {
  home: string;
  homeFrom?: HomeFrom | undefined;
  shell: Shell;
  request?: SendRequest | undefined;
  /** In place of the settings' choice. */
  chooseDevices?: DevicesOptions['choose'];
  auditReport?: AuditReport | null;
}): Promise<Core> {
  const registry = Registry.open(home);
  // For a read-only home, the core's own files are elsewhere, and deleted with it.
  const place = registry.readOnly
    ? orClose(registry, () => mkdtempSync(path.join(tmpdir(), 'falx-read-only-')))
    : home;
  const log = orClose(registry, () => openLog(place));
  const hub = new Hub();
  const jobs = new Jobs(hub, log);
  const devices = new Devices({ registry, choose: chooseDevices });
  const predictors = new PredictorPool(home);
  const training = new TrainingQueue({
    home,
    registry,
    hub,
    log,
    devices,
    onBegin: ({ kind, choice }) => {
      if (kind === 'gpu') predictors.unloadFrom(choice);
    },
    follow: () => jobs.list().every(({ state }) => state !== 'running') && records.follow(),
  });
  const previews = new InputPreviews(place);
  const thumbnails = new Thumbnails({ home: place, log });
  const downloads = new Downloads(place);
  if (!registry.readOnly) await removeAbandonedUploads(home, registry, log);
  await sweepGpuSupport(log);
  log.info({ shell }, 'open');
  if (registry.mended !== 0)
    log.warn(
      { home, mended: registry.mended },
      'other users could read the home; what could be changed is private now',
    );

  const records = new RecordsKeeper({
    registry,
    hub,
    log,
    releaseRun: ({ id }) => releaseRuns({ jobs, training, predictors }, [id]),
  });
  if (!registry.readOnly) records.start();

  const checkReader = new CheckReader({ registry, log });
  const answered = new Set<string>();
  let closing: Promise<void> | undefined;
  const close = async () => {
    await Promise.all([
      jobs.close(),
      training.close(),
      thumbnails.close(),
      records.close(),
      checkReader.close(),
    ]);
    await Promise.all([predictors.close(), previews.close()]);
    await removeAnswered(home, registry, answered, log);
    downloads.close();
    registry.close();
    log.info('closed');
    log.close();
    if (place !== home) rmSync(place, { recursive: true, force: true });
  };
  return {
    home,
    shell,
    registry,
    hub,
    jobs,
    devices,
    training,
    predictors,
    maps: new ScanMaps({
      home,
      registry,
      jobs,
      predictors,
      device: () => devices.forPrediction((one) => training.isTraining(one)),
    }),
    previews,
    thumbnails,
    downloads,
    answered,
    folderAudits: new FolderAudits(),
    deidentifications: new Deidentifications(),
    gpuTrials: new GpuTrials(),
    auditReport,
    checkReader,
    records,
    homeKeeper: new HomeKeeper({ home, from: homeFrom }),
    log,
    request,
    close: () => (closing ??= close()),
  };
}

/** Removes what a kill or a power cut left while GPU support was being installed or removed. Failing is no reason not to open. */
async function sweepGpuSupport(log: Log): Promise<void> {
  try {
    const swept = await sweep(places(), gpuPack());
    if (swept.length > 0) log.info({ swept }, 'left over from GPU support');
  } catch (error) {
    log.warn({ error }, 'GPU support could not be looked after');
  }
}

function orClose<T>(registry: Registry, open: () => T): T {
  try {
    return open();
  } catch (error) {
    registry.close();
    throw error;
  }
}
