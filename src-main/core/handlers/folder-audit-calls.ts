import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import type { Core } from '../core.ts';
import { absoluteFolder } from './absolute-folder.ts';

export function folderAuditHandlers(core: Core) {
  const os = implement(api.folderAudit);
  return {
    start: os.start.handler(({ input }) =>
      core.folderAudits.start(core, { ...input, folder: absoluteFolder(input.folder) }),
    ),
    result: os.result.handler(({ input }) => core.folderAudits.result(input.jobId)),
  };
}
