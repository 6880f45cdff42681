/** Wording of instants and spans. Instants are ISO strings in UTC; the page shows the viewer's zone. */

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });

/** An instant in the viewer's zone. */
export function inZone(iso: string): string {
  return local.format(new Date(iso));
}

/** The same instant in UTC, to the second: `2026-11-21 22:04:05 UTC`. */
export function inUtc(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const steps: [limit: number, unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  [60, 'second', 1],
  [3600, 'minute', 60],
  [86_400, 'hour', 3600],
  [30 * 86_400, 'day', 86_400],
  [365 * 86_400, 'month', 30 * 86_400],
  [Infinity, 'year', 365 * 86_400],
];

/** How far an instant is from now: `5 sec ago`, `in 2 hr`. */
export function fromNow(iso: string, now: number): string {
  const seconds = Math.round((Date.parse(iso) - now) / 1000);
  if (Math.abs(seconds) < 2) return 'just now';
  for (const [limit, unit, size] of steps) {
    if (Math.abs(seconds) < limit) {
      return relative.format(Math.trunc(seconds / size), unit).replace('.', '');
    }
  }
  return inZone(iso);
}

/** A span in its two largest parts: `1 h 4 min`, `3 min 20 s`, `12 s`. Negative spans count as 0. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([amount], index) => index === 0 || amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** The time of day, to the second: `14:03:12`. */
export const clockTime = (instant: string): string => clock.format(new Date(instant));
