/** Where records can't go on at an agent, from its snapshots. */
import type { Prisma } from '../db/generated/client.ts';
import { pressedAfter, samePressure, type PressedLane } from '../domain/deployments/pressure.ts';
import type { Snapshot } from '../../src/lib/compiler/types.ts';
import type { Part } from './report.ts';
import type { HeartbeatBody } from './protocol.ts';

type Reported = HeartbeatBody['slots'][number]['snapshot'];

/** What to keep of a heartbeat, and whether a page shows it otherwise than before. */
export function pressureOf(
  part: Part,
  reported: Reported,
  now: Date,
): { data: Prisma.DeploymentAgentUpdateInput; news: boolean } {
  if (!reported) return { data: {}, news: false };
  const known = (part.pressed ?? []) as unknown as PressedLane[];
  const before =
    part.snapshot && part.snapshotAt
      ? { snapshot: part.snapshot as unknown as Snapshot, at: part.snapshotAt, pressed: known }
      : null;
  const pressed = pressedAfter(before, reported as Snapshot, now);
  // Most runtimes have none, and their rows aren't written for it.
  if (pressed.length === 0 && known.length === 0) return { data: {}, news: false };
  return {
    data: { pressed: pressed as unknown as Prisma.InputJsonValue },
    news: !samePressure(known, pressed),
  };
}
