import type { Services } from '../services.ts';
import { ingestSpec } from './spec-ingest.ts';
import type { JobHandlers } from './queue.ts';

export function jobHandlers(services: Services): JobHandlers {
  return {
    run: {
      spec_ingest: (payload) => ingestSpec(services, payload),
      deploy_bundle_build: async () => {
        throw new Error('not yet');
      },
    },
    timers: async () => undefined,
  };
}
