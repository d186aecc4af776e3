import * as electron from 'electron';
import { expose } from './expose.ts';

expose(electron, globalThis);
