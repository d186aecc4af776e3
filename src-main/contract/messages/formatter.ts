/** How numbers, sizes, times and dates are written in a locale. A missing value is an en dash. */

export const nothing = '–';

type Maybe = number | null | undefined;

export class Formatter {
  readonly locale: string;
  readonly #numbers = new Map<string, Intl.NumberFormat>();
  #date: Intl.DateTimeFormat | undefined;

  constructor(locale: string) {
    this.locale = locale;
  }

  /** @param digits decimals, always that many; without it up to 3 as needed. */
  number(x: Maybe, digits?: number): string {
    if (x == null || Number.isNaN(x)) return nothing;
    return this.#format(
      digits === undefined
        ? { maximumFractionDigits: 3 }
        : { minimumFractionDigits: digits, maximumFractionDigits: digits },
    ).format(x);
  }

  /** @param digits most significant digits. */
  significant(x: Maybe, digits: number): string {
    if (x == null || Number.isNaN(x)) return nothing;
    return this.#format({ maximumSignificantDigits: digits }).format(x);
  }

  /** @param x a share, 0 to 1. */
  percent(x: Maybe, digits = 1): string {
    if (x == null || Number.isNaN(x)) return nothing;
    return this.#format({
      style: 'percent',
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(x);
  }

  /** Decimal units: 1 MB is 1,000,000 bytes. */
  bytes(x: Maybe): string {
    if (x == null || Number.isNaN(x)) return nothing;
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
    let value = x;
    let at = 0;
    // 999.95 would be written as 1,000.0 of the smaller unit.
    while (Math.abs(value) >= 999.95 && at < units.length - 1) {
      value /= 1000;
      at++;
    }
    return this.#format({
      style: 'unit',
      unit: units[at]!,
      unitDisplay: at === 0 ? 'narrow' : 'short',
      maximumFractionDigits: at === 0 || Math.abs(value) >= 100 ? 0 : 1,
    }).format(value);
  }

  /** The two largest units that matter: `1 hr 5 min`, `3 min 20 sec`, `12 sec`, `0.4 sec`. */
  duration(seconds: Maybe): string {
    if (seconds == null || !Number.isFinite(seconds)) return nothing;
    if (seconds < 9.95) return this.#unit(seconds, 'second', seconds > 0 && seconds < 0.95 ? 1 : 0);
    const whole = Math.round(seconds);
    if (whole < 60) return this.#unit(whole, 'second');
    if (whole < 3600) return this.#two(whole, 60, 'minute', 'second');
    if (whole < 172_800) return this.#two(Math.round(whole / 60), 60, 'hour', 'minute');
    return this.#two(Math.round(whole / 3600), 24, 'day', 'hour');
  }

  /** @param iso ISO 8601; written in the machine's own time zone. */
  dateTime(iso: string | null | undefined): string {
    if (iso == null) return nothing;
    this.#date ??= new Intl.DateTimeFormat(this.locale, { dateStyle: 'medium', timeStyle: 'short' });
    return this.#date.format(new Date(iso));
  }

  #two(count: number, base: number, larger: string, smaller: string): string {
    const rest = count % base;
    const first = this.#unit((count - rest) / base, larger);
    return rest === 0 ? first : `${first} ${this.#unit(rest, smaller)}`;
  }

  #unit(value: number, unit: string, digits = 0): string {
    return this.#format({
      style: 'unit',
      unit,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
    }).format(value);
  }

  #format(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const key = JSON.stringify(options);
    let format = this.#numbers.get(key);
    if (!format) {
      // A value that rounds to zero has no sign.
      format = new Intl.NumberFormat(this.locale, { signDisplay: 'negative', ...options });
      this.#numbers.set(key, format);
    }
    return format;
  }
}

const formatters = new Map<string, Formatter>();

/** The formatter of a locale, cached. @param locale BCP 47. */
export function formatterIn(locale: string): Formatter {
  let found = formatters.get(locale);
  if (!found) formatters.set(locale, (found = new Formatter(locale)));
  return found;
}
