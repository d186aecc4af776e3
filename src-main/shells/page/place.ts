import path from 'node:path';
import { programFolder } from '../../version.ts';

/** Where the build puts the page. */
export const builtPage = path.join(programFolder, 'out', 'renderer');
