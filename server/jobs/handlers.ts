/** Which operation does which job. */
import type { Services } from '../services.ts';
import { runCases } from './case-run.ts';
import { buildDeployBundle, endBuild } from './deploy-bundle-build.ts';
import { removeObjects } from './objects-remove.ts';
import type { JobHandlers } from './queue.ts';
import { ingestSpec } from './spec-ingest.ts';
import { runTimers } from './timers.ts';

export function jobHandlers(services: Services): JobHandlers {
  return {
    run: {
      spec_ingest: (payload) => ingestSpec(services, payload),
      case_run: (payload) => runCases(services, payload),
      deploy_bundle_build: (payload, attempt) => buildDeployBundle(services, payload, attempt),
      objects_remove: (payload) => removeObjects(services, payload),
    },
    spent: { deploy_bundle_build: (payload) => endBuild(services, payload) },
    timers: () => runTimers(services),
  };
}
