/** The languages that Falx speaks. */
export const languages = ['en', 'ko'] as const;
export type Language = (typeof languages)[number];

/** A language's locale for numbers and dates unless a closer one is set. */
export const defaultLocales: Readonly<Record<Language, string>> = { en: 'en-GB', ko: 'ko-KR' };
