import type { Outputs } from '$lib/api';
import { rateWords, recordWords } from '$lib/overview/numbers';

type Running = Pick<NonNullable<Outputs['approvals']['get']['running']>, 'counted' | 'rates'>;

/**
 * How what runs there fares, from what its agents count: `412/s, 3 in 1,000 rejected; 1,204,000 records
 * since activation`. The rate is of the last minute, the share of rejects of all since activation, for
 * few records say little; undefined where nothing was counted.
 */
export function paceWords({ counted, rates }: Running): string | undefined {
  if (counted === null) return undefined;
  const { recordsIn, rejected } = counted;
  const { perSecond } = rates;
  const pace = perSecond === null ? '' : perSecond === 0 ? 'idle, ' : `${rateWords(perSecond)}, `;
  return `${pace}${shareWords(rejected, recordsIn)}; ${recordWords(recordsIn)} since activation`;
}

/** `none rejected`, `3 in 1,000 rejected`, `under 1 in 1,000 rejected`. */
function shareWords(rejected: number, records: number): string {
  if (rejected === 0) return 'none rejected';
  const share = (rejected / Math.max(records, rejected)) * 1000;
  const said =
    share < 1 ? 'under 1' : Number(share.toFixed(share < 10 ? 1 : 0)).toLocaleString('en');
  return `${said} in 1,000 rejected`;
}
