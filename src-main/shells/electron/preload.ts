import * as electron from 'electron';
import { expose, type Page } from './expose.ts';

expose(electron, globalThis as unknown as Page);
