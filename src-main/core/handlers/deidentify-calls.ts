import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import type { Core } from '../core.ts';
import { absoluteFolder } from './absolute-folder.ts';

export function deidentifyHandlers(core: Core) {
  const os = implement(api.deidentify);
  return {
    start: os.start.handler(({ input }) =>
      core.deidentifications.start(core, {
        ...input,
        folder: absoluteFolder(input.folder),
        to: absoluteFolder(input.to),
      }),
    ),
    result: os.result.handler(({ input }) => core.deidentifications.result(input.jobId)),
  };
}
