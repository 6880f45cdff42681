import type { Checkpoint } from '$lib/drafts';

const long = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long' });

/** Checkpoints, the newest first, under the days that the viewer's zone has them on. */
export function byDay(
  checkpoints: readonly Checkpoint[],
  now: Date,
): { title: string; checkpoints: Checkpoint[] }[] {
  const days: { title: string; checkpoints: Checkpoint[] }[] = [];
  for (const checkpoint of checkpoints) {
    const title = dayOf(new Date(checkpoint.at), now);
    const last = days.at(-1);
    if (last?.title === title) last.checkpoints.push(checkpoint);
    else days.push({ title, checkpoints: [checkpoint] });
  }
  return days;
}

function dayOf(date: Date, now: Date): string {
  const midnight = (of: Date) => new Date(of.getFullYear(), of.getMonth(), of.getDate()).getTime();
  // By the calendar: a day of summer time's change has 23 or 25 hours.
  const days = Math.round((midnight(now) - midnight(date)) / 86_400_000);
  if (days <= 0) return 'Today';
  if (days === 1) return 'Yesterday';
  const year = date.getFullYear() === now.getFullYear() ? '' : ` ${date.getFullYear()}`;
  return `${long.format(date)}${year}`;
}
