import path from 'node:path';
import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import { FalxError } from '../../contract/errors.ts';
import type { Prediction, Run } from '../../contract/records.ts';
import { predictScans } from '../../predict/predict-handlers.ts';
import { requireModel } from '../../inference/predictor.ts';
import { scansIn } from '../../predict/scans-in.ts';
import { runsToPredict } from '../runs-to-predict.ts';
import { startCaseReport } from '../case-reports.ts';
import type { Core } from '../core.ts';
import { markToAnswer, removeAnswered, removeSentArchive } from '../uploads.ts';
import { MOST_SEEN } from '../scan-maps-keeper.ts';
import { absoluteFolder } from './absolute-folder.ts';

export function predictHandlers(core: Core) {
  const os = implement(api.predict);
  return {
    scans: os.scans.handler(({ input }) => predict(core, input.runIds, input.files)),
    report: os.report.handler(({ input: { runIds, ...asked } }) => {
      const runs = [...new Set(runIds)].map((id) => core.registry.runs.get(id));
      runs.forEach(requireUsable);
      requireAbsolute(asked.file);
      return startCaseReport(core, { ...asked, runs: runs as [Run, ...Run[]] });
    }),
    scansIn: os.scansIn.handler(async ({ input }) => {
      const folder = absoluteFolder(input.folder);
      const found = await scansIn([folder], core.home);
      const [first] = found.files;
      if (first !== undefined) await markToAnswer(core.home, first);
      await removeSentArchive(core.home, folder);
      return found;
    }),
    history: os.history.handler(({ input }) =>
      core.registry.predictions.list(undefined, input.limit).toReversed(),
    ),
    leave: os.leave.handler(async ({ input }) => {
      for (const file of input.files) core.answered.delete(file);
      await removeAnswered(core.home, core.registry, input.files, core.log);
    }),
    deleteHistory: os.deleteHistory.handler(async ({ input }) => {
      await core.thumbnails.forget(core.registry.predictions.delete(input.scan));
      core.hub.changed('predictions');
    }),
  };
}

async function predict(
  core: Core,
  runIds: readonly string[],
  files: readonly string[],
): Promise<Prediction[]> {
  const { registry, hub, predictors, maps, answered } = core;
  const runs = [...new Set(runIds)].map((id) => registry.runs.get(id));
  runs.forEach(requireUsable);
  files.forEach(requireAbsolute);
  const { asked, device, preferences } = await runsToPredict(core, runs);
  predictors.prepare(runs, device); // while the files are being read
  const predictions = await predictScans({
    registry,
    files,
    ...asked,
    onSeen: files.length <= MOST_SEEN ? (run, seen) => maps.keep(run, seen) : undefined,
  });
  if (!preferences.keepHistory) for (const file of files) answered.add(file);
  hub.changed('predictions');
  return predictions;
}

export function requireUsable(run: Run): void {
  requireModel(run);
  if (run.removed !== null) throw new FalxError('runRemoved', { run: run.id });
}

export function requireAbsolute(file: string): void {
  if (!path.isAbsolute(file)) throw new FalxError('fileNotAbsolute', { file });
}
