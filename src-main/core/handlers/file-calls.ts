import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import type { Core } from '../core.ts';
import { browse } from '../browse-folders.ts';
import { newUpload } from '../uploads.ts';

export function fileHandlers({ home }: Core) {
  const os = implement(api.files);
  return {
    browse: os.browse.handler(({ input }) => browse(input.folder)),
    newUpload: os.newUpload.handler(({ input }) => newUpload(home, input?.purpose)),
  };
}
