/**
 * What agents prove, for whoever watches from outside: by the server's clock, so that silence shows.
 * Ids only: /metrics asks nobody who they are.
 */
import { Gauge, type Registry } from 'prom-client';
import { factsOf, partColumns, RUNS_OR_SHOULD } from '../deployment-state/health.ts';
import { healthOf, HEALTH_KINDS, proofOf } from '../domain/deployments/health.ts';
import type { Services } from '../services.ts';

/** Answers what fills the gauges anew; called before each scrape, so that all three are of one moment. */
export function mountHealthMetrics(
  registry: Registry,
  { database, clock }: Services,
): () => Promise<void> {
  const registers = [registry];
  const counts = new Gauge({
    name: 'byteor_deployments',
    help: 'Deployments that are wanted to run, or run without being wanted, by health',
    labelNames: ['health'] as const,
    registers,
  });
  const healths = new Gauge({
    name: 'byteor_deployment_health',
    help: '1 for the health that a deployment has',
    labelNames: ['deployment', 'health'] as const,
    registers,
  });
  const proofs = new Gauge({
    name: 'byteor_deployment_agents',
    help: 'Agents of a deployment, by what they prove of it',
    labelNames: ['deployment', 'proof'] as const,
    registers,
  });
  return async () => {
    const rows = await database.client.deployment.findMany({
      where: { agents: { some: RUNS_OR_SHOULD } },
      select: { id: true, agents: { select: partColumns } },
    });
    const now = clock.now();
    for (const gauge of [counts, healths, proofs]) gauge.reset();
    for (const kind of HEALTH_KINDS) counts.set({ health: kind }, 0);
    for (const { id, agents } of rows) {
      const parts = agents.map(factsOf);
      const health = healthOf(parts, now);
      if (!health) continue;
      counts.inc({ health: health.kind });
      healths.set({ deployment: id, health: health.kind }, 1);
      for (const part of parts) proofs.inc({ deployment: id, proof: proofOf(part, now).kind });
    }
  };
}
