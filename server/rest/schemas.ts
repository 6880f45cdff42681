/** Answers of the REST API, as the OpenAPI document shows them. */
import { z } from 'zod';

export const errorAnswer = z
  .object({
    error: z.object({
      code: z.string().meta({ description: 'Stable; compare this, show the message.' }),
      message: z.string(),
      help: z.string().optional(),
      args: z.record(z.string(), z.unknown()).optional(),
    }),
    request_id: z.string(),
  })
  .meta({ description: 'Every answer that is no success has this body.' });

const key = z.object({
  kid: z.string(),
  alg: z.literal('Ed25519'),
  purpose: z.enum(['approval', 'manifest']),
  public_key: z.string().meta({ description: 'base64url of the raw 32 bytes, without padding' }),
  state: z.enum(['active', 'retired', 'revoked']),
});

export const keySetAnswer = z.object({
  v: z.literal(1),
  org_id: z.string(),
  keys: z.array(key),
});

export const enrollAnswer = z.object({
  agent_id: z.string(),
  name: z.string(),
  runtime_key: z.string().meta({ description: 'Shown here and never again.' }),
  scopes: z.array(z.string()),
  org_id: z.string(),
  project_id: z.string(),
  environment_id: z.string(),
  posture: z.enum(['dev', 'staging', 'prod']),
  key_set: keySetAnswer,
  heartbeat_interval_ms: z.number().int(),
});

export const heartbeatAnswer = z.object({
  desired: z.array(
    z.object({
      slot: z.string(),
      deployment_id: z.string(),
      epoch: z.number().int(),
      bundle_hash: z.string(),
      state: z.enum(['run', 'stop']),
      /** When a person wanted the wait for its next try skipped; each such instant counts once. */
      try_now: z.string().optional(),
    }),
  ),
  key_set_digest: z.string(),
  heartbeat_interval_ms: z.number().int(),
  connection_trial: z
    .object({ trial_id: z.string() })
    .optional()
    .meta({ description: 'Connections that somebody wants tried: fetch the signed request.' }),
  desired_digest: z.string().meta({ description: 'To wait for something else to be desired.' }),
});

export const desiredAnswer = z.object({
  changed: z.boolean().meta({ description: 'Something else is desired: report at once.' }),
});

export const trialAnswer = z.object({
  taken: z.boolean().meta({ description: 'False where it was told before, or too late.' }),
});

export const statusAnswer = z.object({ deployment_state: z.string() });

export const orgAnswer = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string().nullable(),
});
export const projectAnswer = z.object({
  id: z.string(),
  org_id: z.string(),
  name: z.string(),
  role: z.string().nullable(),
});
