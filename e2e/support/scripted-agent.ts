import type { Page } from 'playwright/test';
import { must } from './trpc.ts';

interface Desired {
  slot: string;
  deployment_id: string;
  epoch: number;
  bundle_hash: string;
  state: 'run' | 'stop';
}

/** An agent that speaks the protocol and runs nothing: for what a spec decides to the second. */
export interface ScriptedAgent {
  id: string;
  /** Says nothing any more. */
  silence(): void;
}

/** Enrols one and lets it report, every second, that it runs whatever is desired, with these counts. */
export async function scriptedAgent(
  page: Page,
  url: string,
  place: { orgId: string; projectId: string; environmentId: string },
  name: string,
  recordsIn: number,
  roots: string[],
): Promise<ScriptedAgent> {
  const { environmentId } = place;
  const { token } = await must<{ token: string }>(page, 'mutation', 'enrollmentTokens.create', {
    environmentId,
  });
  const about = {
    agent_version: '0.1.0',
    protocol_version: 1,
    spec_features: ['single_ring'],
    statement_versions: [1, 2],
    allowed_roots: roots,
  };
  const post = async <Answer>(path: string, key: string, body: unknown): Promise<Answer> => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  };
  const { agent_id, runtime_key } = await post<{ agent_id: string; runtime_key: string }>(
    `/orgs/${place.orgId}/projects/${place.projectId}/environments/${environmentId}/agents`,
    token,
    { name, host_name: name, ...about },
  );
  const counts = {
    records_in: recordsIn,
    records_out: recordsIn,
    dropped: 0,
    rejected: 0,
    bytes_in: recordsIn,
    bytes_out: recordsIn,
  };
  const began = new Date().toISOString();
  let desired: Desired[] = [];
  const beat = async () => {
    const slots = desired
      .filter((one) => one.state === 'run')
      .map((one) => ({
        slot: one.slot,
        running: {
          deployment_id: one.deployment_id,
          deployment_digest: '',
          epoch: one.epoch,
          bundle_hash: one.bundle_hash,
          since: began,
          activated_at: began,
          restarts: 0,
          last_restart_at: null,
        },
        attempted: {
          deployment_id: one.deployment_id,
          epoch: one.epoch,
          phase: 'active',
          at: began,
        },
        snapshot: {
          kind: 'single_ring',
          v: 2,
          slot_bytes: 256,
          capacity: 1024,
          cursor: recordsIn,
          counters: counts,
          stages: [],
          generation: '0000000000000001',
        },
        counters: {
          since_activation: { since: began, ...counts },
          totals: { since: began, ...counts },
        },
        last_words: [],
      }));
    const answer = await post<{ desired: Desired[] }>(
      `/agents/${agent_id}/heartbeat`,
      runtime_key,
      { ...about, key_set_digest: '', sent_at: new Date().toISOString(), slots },
    );
    desired = answer.desired;
  };
  await beat();
  // A heartbeat that fails fails the spec by what it then waits for in vain.
  const timer = setInterval(() => void beat().catch(console.error), 1000);
  return { id: agent_id, silence: () => clearInterval(timer) };
}
