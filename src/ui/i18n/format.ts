// Numbers and units in the person's language. Pure but for cached Intl objects; every number on the page goes through here.
// It must not know where a number comes from: whether it is measured or predicted is said beside it.

import type { Language } from '../stores/viewStore';

export interface Format {
  integer(value: number): string;
  /** A fixed number of decimals. */
  fixed(value: number, decimals: number): string;
  /** Up to `digits` significant digits. */
  significant(value: number, digits?: number): string;
  /** 1,234,567 as 1.23 M or 123.5万. */
  compact(value: number): string;
  percent(share: number, decimals?: number): string;
  /** Binary units, as memory is counted. */
  bytes(value: number): string;
  /** Short time with a unit: 850 µs, 12.3 ms, 2 min 05 s. */
  duration(milliseconds: number): string;
  /** A moment of an axis, as exactly as lines `step` apart need; both in milliseconds. */
  axisTime(milliseconds: number, step: number): string;
  /** Day and time of a moment, in milliseconds since 1970. */
  moment(at: number): string;
  /** With an SI prefix: 1.2 GFLOP. */
  si(value: number, unit: string): string;
  /** 3.2e-7 where plain digits would not help. */
  scientific(value: number): string;
  /** A setting's value as it can be typed again. */
  plain(value: number): string;
}

const SI_PREFIXES = ['', 'k', 'M', 'G', 'T', 'P'] as const;
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

const durationUnits: Record<Language, { day: string; hour: string; minute: string; second: string }> = {
  en: { day: ' days', hour: ' h', minute: ' min', second: ' s' },
  zh: { day: ' 天', hour: ' 小时', minute: ' 分', second: ' 秒' },
};

const made = new Map<Language, Format>();

export function formatFor(language: Language): Format {
  const known = made.get(language);
  if (known !== undefined) return known;
  const format = makeFormat(language);
  made.set(language, format);
  return format;
}

function makeFormat(language: Language): Format {
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
  const cache = new Map<string, Intl.NumberFormat>();
  const number = (value: number, options: Intl.NumberFormatOptions): string => {
    const key = JSON.stringify(options);
    const existing = cache.get(key) ?? new Intl.NumberFormat(locale, options);
    cache.set(key, existing);
    return existing.format(value);
  };
  const fixed = (value: number, decimals: number) =>
    Number.isFinite(value)
      ? number(value, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
      : notFinite(value);
  const significant = (value: number, digits = 3) =>
    Number.isFinite(value) ? number(value, { maximumSignificantDigits: digits }) : notFinite(value);
  const integer = (value: number) =>
    Number.isFinite(value) ? number(value, { maximumFractionDigits: 0 }) : notFinite(value);
  const scaled = (value: number, base: number, units: readonly string[]) => {
    let scale = 0;
    let rest = value;
    // 1,023.9 KiB would be written as 1,024 KiB.
    while (rest >= base - 0.5 && scale < units.length - 1) {
      rest /= base;
      scale++;
    }
    return { rest, unit: units[scale] ?? '' };
  };
  const units = durationUnits[language];

  return {
    integer,
    fixed,
    significant,
    compact: (value) => {
      if (value < 10_000 || !Number.isFinite(value)) return integer(value);
      if (language === 'zh') return number(value, { notation: 'compact', maximumSignificantDigits: 4 });
      const { rest, unit } = scaled(value, 1000, SI_PREFIXES);
      return `${number(rest, { maximumSignificantDigits: 3 })} ${unit}`;
    },
    percent: (share, decimals = 0) =>
      number(share, { style: 'percent', minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
    bytes: (value) => {
      const { rest, unit } = scaled(value, 1024, BYTE_UNITS);
      return `${number(rest, { maximumSignificantDigits: rest >= 100 ? Math.ceil(Math.log10(rest + 1)) : 3 })} ${unit}`;
    },
    moment: (at) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(at),
    duration: (milliseconds) => {
      if (!Number.isFinite(milliseconds)) return '–';
      if (milliseconds < 1) return `${significant(milliseconds * 1000)} µs`;
      if (milliseconds < 1000) return `${significant(milliseconds)} ms`;
      const seconds = Math.round(milliseconds / 1000);
      if (milliseconds < 10_000) return `${fixed(milliseconds / 1000, 1)}${units.second}`;
      if (seconds < 60) return `${seconds}${units.second}`;
      const minutes = Math.floor(seconds / 60);
      if (minutes < 60) return `${minutes}${units.minute} ${pad(seconds % 60)}${units.second}`;
      if (minutes >= 48 * 60) return `${integer(minutes / 60 / 24)}${units.day}`;
      return `${integer(Math.floor(minutes / 60))}${units.hour} ${pad(minutes % 60)}${units.minute}`;
    },
    axisTime: (milliseconds, step) => {
      const decimals = (of: number) => Math.max(0, Math.ceil(-Math.log10(Math.max(of, 1e-9)) - 1e-6));
      if (step >= 100) return `${fixed(milliseconds / 1000, decimals(step / 1000))}${units.second}`;
      if (step < 0.01 && milliseconds < 1) return `${fixed(milliseconds * 1000, decimals(step * 1000))} µs`;
      return `${fixed(milliseconds, decimals(step))} ms`;
    },
    si: (value, unit) => {
      const { rest, unit: prefix } = scaled(value, 1000, SI_PREFIXES);
      return `${significant(rest)} ${prefix}${unit}`;
    },
    scientific: (value) => {
      if (value === 0) return '0';
      if (!Number.isFinite(value)) return notFinite(value);
      const size = Math.abs(value);
      return size >= 1e-3 && size < 1e5 ? significant(value) : value.toExponential(1).replace('e+', 'e');
    },
    plain: (value) => String(value),
  };
}

function notFinite(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '∞' : '−∞';
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
