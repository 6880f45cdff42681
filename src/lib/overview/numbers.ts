/** Numbers as they are told at a glance. */

/** A rate in four digits at most: `8.42k/s`, `310/s`, `0.4/s`, `0`. */
export function rateWords(perSecond: number): string {
  if (perSecond === 0) return '0';
  if (perSecond < 0.05) return '<0.1/s';
  if (perSecond < 10) return `${Number(perSecond.toFixed(1))}/s`;
  if (perSecond < 1000) return `${Math.round(perSecond)}/s`;
  const [size, unit] = perSecond < 999_500 ? [1000, 'k'] : [1_000_000, 'M'];
  const digits = perSecond / size < 10 ? 2 : perSecond / size < 100 ? 1 : 0;
  return `${(perSecond / size).toFixed(digits)}${unit}/s`;
}

/** `1 record`, `1,200 records`. */
export function recordWords(records: number): string {
  return `${records.toLocaleString('en')} ${records === 1 ? 'record' : 'records'}`;
}
