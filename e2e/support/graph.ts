import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright/test';
import { must } from './trpc.ts';

/** One agent's snapshot of a graph, as the control plane hands it out. */
export interface GraphNumbers {
  kind: 'lane_graph';
  counters: { records_in: number; records_out: number; dropped: number; rejected: number };
  lanes: { id: string; kind: string; published: number; depth: number; dropped: number }[];
  roles: { id: string; processed: number; dropped: number; rejected: number }[];
  endpoints: { id: string; ingress: boolean; records: number; rejected: number }[];
}

/** What the one agent of a deployment counted last; undefined before it did. */
export async function graphNumbers(
  page: Page,
  deploymentId: string,
): Promise<GraphNumbers | undefined> {
  const parts = await must<{ numbers: { snapshot: GraphNumbers } | null }[]>(
    page,
    'query',
    'deployments.numbers',
    { deploymentId },
  );
  return parts[0]?.numbers?.snapshot;
}

/** Lines of a file as they stand, without their newlines. */
export const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);

/** Whether `part` is `whole` with some lines left out, in the same order. */
export function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const line of whole) if (at < part.length && part[at] === line) at += 1;
  return at === part.length;
}

const root = new URL('../..', import.meta.url).pathname;

/**
 * What the stepping executor gives at each egress of a deployment's spec, for an input and what a run
 * of it chose.
 */
export async function stepped(
  page: Page,
  deploymentId: string,
  { input, choices }: { input: string; choices: string },
): Promise<Record<string, string[]>> {
  const { version } = await must<{ version: { id: string } }>(page, 'query', 'deployments.get', {
    deploymentId,
  });
  const { specKv } = await must<{ specKv: string }>(page, 'query', 'versions.get', {
    versionId: version.id,
  });
  const folder = await mkdtemp(join(tmpdir(), 'byteor-stepped-'));
  try {
    const spec = join(folder, 'spec.kv');
    await writeFile(spec, specKv);
    const { stdout } = await promisify(execFile)(
      'npm',
      [
        ...['run', '-s', 'byteor', '--', 'run', '--sp', '--step', `--spec=${spec}`],
        ...[`--input=${input}`, `--choices=${choices}`, '--slot-bytes=256'],
      ],
      { cwd: root, maxBuffer: 1 << 28 },
    );
    const ways: Record<string, string[]> = {};
    for (const line of linesOf(stdout)) {
      const tab = line.indexOf('\t');
      (ways[line.slice(0, tab)] ??= []).push(line.slice(tab + 1));
    }
    return ways;
  } finally {
    await rm(folder, { recursive: true });
  }
}
