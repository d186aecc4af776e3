import { toXlsx } from '../../src-main/contract/xlsx.ts';
import { head, rows } from './xlsx-rows.ts';

process.stdout.write(toXlsx(head, rows));
