import type { MessageCode } from './catalogue.ts';
import exportsEn from './en/exports.json' with { type: 'json' };
import filesEn from './en/files.json' with { type: 'json' };
import generalEn from './en/general.json' with { type: 'json' };
import systemEn from './en/system.json' with { type: 'json' };
import exportsKo from './ko/exports.json' with { type: 'json' };
import filesKo from './ko/files.json' with { type: 'json' };
import generalKo from './ko/general.json' with { type: 'json' };
import systemKo from './ko/system.json' with { type: 'json' };

export const languages = ['en', 'ko'] as const;
export type Language = (typeof languages)[number];

const en = { ...generalEn, ...systemEn, ...filesEn, ...exportsEn } satisfies Record<MessageCode, string>;
const ko = { ...generalKo, ...systemKo, ...filesKo, ...exportsKo } satisfies Record<MessageCode, string>;

/** Each code's words in each language: ICU messages. */
export const words: Readonly<Record<Language, Readonly<Record<MessageCode, string>>>> = { en, ko };
