import type { FalxError } from '../src-main/contract/errors.ts';
import { sayWhole } from '../src-main/contract/messages/say.ts';

/** Why a file is refused, as the command line says it beside the file's name. */
export const briefly = (error: FalxError): string =>
  sayWhole(error.asMessage, { language: 'en', shell: 'cli', brief: true });
