import { pictures } from '../../src-main/contract/api.ts';
import type { ErrorData } from '../../src-main/contract/failures.ts';
import { download } from '../components/save-as-file.ts';
import { AppError } from './app-error.ts';
import { app } from './app.svelte.ts';

/**
 * Saves a file that a job has made: as a download in a browser, where the person says on the desktop.
 * @param name as the job calls it. @param as what it is to be called.
 * @throws AppError `not-found` when it is no longer kept.
 */
export async function saveFromCore(jobId: string, name: string, as = name): Promise<void> {
  const response = await fetch(app.host.pictureUrl(pictures.saved(jobId, name)));
  if (!response.ok) {
    const { code, message, facts } = (await response.json()) as ErrorData;
    throw new AppError(code, message, facts);
  }
  const url = URL.createObjectURL(await response.blob());
  download(url, as);
  // The download has its own hold on the data once the click is handled.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
