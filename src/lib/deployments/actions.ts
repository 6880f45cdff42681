import type { Outputs } from '$lib/api';
import type { IconName } from '$lib/ui/icons';

type Deployment = Outputs['deployments']['get'];
export type ActionName = keyof Deployment['actions'];

/** How an action stands on the page, wherever the deployment is. */
export interface ActionLook {
  name: ActionName;
  label: string;
  icon: IconName;
  /** On the button that does it. */
  verb: string;
  /** Ends something that runs or is on its way. */
  grave: boolean;
  /** Why has to be said. */
  reason: boolean;
}

const looks: Record<Exclude<ActionName, 'goOn' | 'leave'>, Omit<ActionLook, 'name'>> = {
  rollBack: { label: 'Roll back…', icon: 'undo', verb: 'Roll back', grave: true, reason: true },
  stop: { label: 'Stop…', icon: 'stop', verb: 'Stop it', grave: true, reason: true },
  resume: { label: 'Resume…', icon: 'play', verb: 'Resume it', grave: false, reason: true },
  abort: { label: 'Abort…', icon: 'cross', verb: 'Abort it', grave: true, reason: true },
  withdraw: { label: 'Withdraw…', icon: 'undo', verb: 'Withdraw it', grave: false, reason: false },
  promote: { label: 'Promote…', icon: 'arrow-right', verb: 'Promote', grave: false, reason: false },
};

/** The actions in their places: all of them always, but that a stopped slot is resumed where a running one is stopped. */
export function actionsOf({ slotStopped }: Pick<Deployment, 'slotStopped'>): ActionLook[] {
  const second = slotStopped ? ('resume' as const) : ('stop' as const);
  return (['rollBack', second, 'abort', 'withdraw', 'promote'] as const).map((name) => ({
    name,
    ...looks[name],
  }));
}
