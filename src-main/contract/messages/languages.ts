/** The languages that Falx speaks. */
export const languages = ['en', 'ko'] as const;
export type Language = (typeof languages)[number];

/** How numbers and dates are written in a language where nothing says it closer. */
export const defaultLocales: Readonly<Record<Language, string>> = { en: 'en-GB', ko: 'ko-KR' };
