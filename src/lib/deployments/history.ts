import { lookOf } from '$lib/ui/states';

/** One line of what an agent was told, tried or proved. */
export function historyWords(line: { fact: string; value: string }): string {
  switch (line.fact) {
    case 'desired':
      return (
        {
          run: 'Told to run it',
          fallback: 'Told to keep it for the case that the newer one fails',
          stop: 'Told not to run it',
        }[line.value] ?? `Told: ${line.value}`
      );
    case 'running':
      return line.value === 'yes' ? 'Proved that it runs' : 'Proved that it doesn’t run';
    default:
      return `Attempt: ${lookOf(line.value).label.toLowerCase()}`;
  }
}
