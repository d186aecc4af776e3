const DAY = 86_400_000;

/**
 * Dates of a DA or DT element shifted by whole days; times of day (TM) are unchanged.
 * @returns null for any other, or if it is not written as the standard says: its content can't be determined.
 */
export function shiftedDate(vr: string, text: string, days: number): string | null {
  const values = text.replace(/[\s\0]+$/, '').split('\\');
  const others = values.map((value) => one(vr, value.trim(), days));
  return others.some((value) => value === null) || values.join('') === '' ? null : others.join('\\');
}

function one(vr: string, value: string, days: number): string | null {
  if (vr === 'TM') return /^\d{2}(:?\d{2}(:?\d{2}(\.\d{1,6})?)?)?$/.test(value) ? value : null;
  if (vr !== 'DA' && vr !== 'DT') return null;
  const [, year, month, day, rest = ''] =
    (vr === 'DA'
      ? /^(\d{4})\.?(\d{2})\.?(\d{2})$/
      : /^(\d{4})(\d{2})(\d{2})(\d{0,6}(?:\.\d{1,6})?(?:[+-]\d{4})?)$/
    ).exec(value) ?? [];
  if (year === undefined) return null;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null;
  const other = new Date(date.getTime() + days * DAY);
  return other.toISOString().slice(0, 10).replaceAll('-', '') + rest;
}
