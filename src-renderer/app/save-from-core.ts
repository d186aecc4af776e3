import { pictures } from '../../src-main/contract/api.ts';
import type { ErrorData } from '../../src-main/contract/failures.ts';
import { download } from '../components/save-as-file.ts';
import { AppError } from './app-error.ts';
import { app } from './app.svelte.ts';

/**
 * Saves a file that a job has made: as a download in a browser, where the user chooses on the desktop.
 * @param name the job's name for it. @param as the name to save it under.
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
  // Once the click is handled, the download holds the data itself.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
