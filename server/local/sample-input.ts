/** The input file that the sample plan reads, so that a first deployment has something to show. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Its name in the folder of the local agents' files. */
export const SAMPLE_INPUT = 'orders.log';

const LINES = 400;
const people = ['ada', 'grace', 'edsger', 'barbara', 'ken', 'margaret', 'dennis', 'radia'];
const levels = ['info', 'info', 'debug', 'warn', 'info', 'debug', 'error'];

/** Orders as JSON lines with an e-mail address and a level each, and now and then a line of plain text. */
export function sampleInput(): string {
  const lines = Array.from({ length: LINES }, (_, i) =>
    i % 9 === 4
      ? `batch ${Math.floor(i / 9) + 1} of orders received`
      : JSON.stringify({
          order: 1000 + i,
          level: levels[i % levels.length],
          mail: `${people[i % people.length]}@example.com`,
          cents: 250 + ((i * 137) % 9000),
        }),
  );
  return `${lines.join('\n')}\n`;
}

/** Writes the sample into a folder that holds nothing yet; what people put there is left alone. */
export async function writeSampleInput(folder: string): Promise<void> {
  if ((await readdir(folder)).length > 0) return;
  await writeFile(join(folder, SAMPLE_INPUT), sampleInput(), { flag: 'wx' });
}
