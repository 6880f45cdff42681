import { Action, ask, queries, type Outputs } from '$lib/api';
import { joined, olderThan, type Report } from './reports';

type Deployment = Outputs['deployments']['get'];

/** A deployment with the older reports of its agents that somebody wanted to see. */
export class OlderReports {
  /** By agent, all that was known when older ones were loaded, and those. */
  #loaded = $state.raw<Readonly<Record<string, readonly Report[]>>>({});
  readonly load = new Action();
  readonly #deployment: () => Deployment;

  constructor(deployment: () => Deployment) {
    this.#deployment = deployment;
  }

  /** Its agents, each with all of its reports that are here. */
  get agents(): readonly Deployment['agents'][number][] {
    return this.#deployment().agents.map((agent) => ({
      ...agent,
      history: [...joined(agent, this.#loaded[agent.agentId])],
    }));
  }

  /** How many are not here. */
  get left(): number {
    return this.agents.reduce((sum, agent) => sum + olderThan(agent, agent.history), 0);
  }

  /** Loads a page more of each agent that has more. */
  async more(): Promise<void> {
    const { id: deploymentId } = this.#deployment();
    const wanting = this.agents.filter((agent) => olderThan(agent, agent.history) > 0);
    const loaded = await this.load.run(() =>
      Promise.all(
        wanting.map(async ({ agentId, history }) => {
          const before = history.at(-1)?.id ?? '';
          const older = await ask(queries.deployments.reports({ deploymentId, agentId, before }));
          return [agentId, [...history, ...older]] as const;
        }),
      ),
    );
    if (loaded) this.#loaded = { ...this.#loaded, ...Object.fromEntries(loaded) };
  }
}
