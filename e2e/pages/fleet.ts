import { expect, type Locator, type Page } from 'playwright/test';
import { HEARTBEAT_MILLIS } from '../../server/domain/agents/status.ts';
import { must } from '../support/trpc.ts';
import { open } from './page.ts';

/** How long a page may take to say what an agent knows: two heartbeats. */
const TWO_HEARTBEATS = 2 * HEARTBEAT_MILLIS;

interface Says {
  /** What needs somebody, or, where nothing does, the slots. */
  overview: RegExp;
  /** The sentence of proof, or the rollout. */
  deployment: RegExp;
  agent: RegExp;
}

/** Three tabs that show the same deployment: all of them have to be right, and at the same time. */
export async function openFleet(page: Page, url: string, deploymentId: string, agentId: string) {
  const tab = () => page.context().newPage();
  const [overview, deployment, agent] = [await tab(), await tab(), await tab()];
  await open(overview, url);
  await open(deployment, `${url}/deployments/${deploymentId}`);
  await open(agent, `${url}/agents/${agentId}`);
  const main = (of: Page): Locator => of.getByRole('main');
  return {
    /**
     * Waits until all say it, at most two heartbeats after an instant (ms), and answers how long it took.
     * Pages can't be faster than the machine: what three answers of the server take now is added.
     */
    async say(says: Says, from: number, patience = TWO_HEARTBEATS): Promise<number> {
      const asked = Date.now();
      await must(page, 'query', 'deployments.get', { deploymentId });
      const until = from + patience + 3 * (Date.now() - asked);
      const left = () => Math.max(1, until - Date.now());
      await Promise.all([
        expect(main(overview)).toContainText(says.overview, { timeout: left() }),
        expect(main(deployment)).toContainText(says.deployment, { timeout: left() }),
        expect(main(agent)).toContainText(says.agent, { timeout: left() }),
      ]);
      return Date.now() - from;
    },
    overview,
    deployment,
    agent,
    async close(): Promise<void> {
      await Promise.all([overview.close(), deployment.close(), agent.close()]);
    },
  };
}
