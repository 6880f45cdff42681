import type { Outputs } from '$lib/api';
import type { Tone } from '$lib/ui/Badge.svelte';
import type { IconName } from '$lib/ui/icons';

/** Health as the server judges it, from the answer on, if no agent is heard again. */
export type Course = Outputs['deployments']['list'][number]['health'];
export type Health = NonNullable<Course[number]['health']>;
export type Trouble = Health['troubles'][number];
/** A lane of an agent that stands full for long, or discards because it is full. */
export type Pressure = Health['pressures'][number];

/** Where an agent's records come from, or go, and doesn't answer. */
export type DownPeer = Health['peers'][number];

/** When this page first held a course (ms); what is shown again later has aged meanwhile. */
const arrived = new WeakMap<Course, number>();

/**
 * The health at an instant of the page's clock. The rule is the server's; the page only knows how long
 * ago it answered. null: nothing is wanted to run, and nothing does.
 */
export function healthAt(course: Course, now: number): Health | null {
  const at = arrived.get(course) ?? now;
  arrived.set(course, at);
  return course.findLast((turn) => turn.afterMs <= now - at)?.health ?? null;
}

export interface Look {
  label: string;
  tone: Tone;
  icon: IconName;
}

/** How a health reads and looks, `single` for one agent's; each kind has a word and an icon of its own, the colour repeats. */
export function lookOfHealth(health: Health, single = false): Look {
  const { running, finished, of } = health;
  const ended = finished > 0 ? `, ${finished} ended` : '';
  switch (health.kind) {
    case 'running':
      return {
        label: single ? 'Running' : `Running ${running} of ${of}${ended}`,
        tone: 'ok',
        icon: 'dot',
      };
    case 'strained':
      return {
        label: single ? 'Strained' : `Strained, ${running} of ${of} run${ended}`,
        tone: 'warn',
        icon: 'stack',
      };
    case 'finished':
      return { label: of === 1 ? 'Came to its end' : `All ${of} ended`, tone: 'ok', icon: 'check' };
    case 'starting':
      return {
        label: running > 0 ? `Starting, ${running} of ${of} run` : 'Starting',
        tone: 'info',
        icon: 'half',
      };
    case 'degraded':
      return {
        label: `Degraded, ${running} of ${of} proved${ended}`,
        tone: 'warn',
        icon: 'warning',
      };
    case 'not_running':
      return { label: 'Not running', tone: 'danger', icon: 'error' };
    case 'unproved':
      return { label: 'Unproved', tone: 'warn', icon: 'offline' };
    case 'standing_by':
      return { label: 'Standing by', tone: 'neutral', icon: 'ring' };
    case 'stopping':
      return { label: 'Stopping', tone: 'warn', icon: 'stop' };
  }
}

/** The healths that somebody should look at. */
export function needsSomebody(health: Health | null): boolean {
  return (
    health !== null && ['strained', 'degraded', 'not_running', 'unproved'].includes(health.kind)
  );
}

/** Whether an agent proves that it runs, with room or without. */
export function provesRunning(health: Health | null): boolean {
  return health?.kind === 'running' || health?.kind === 'strained';
}

/** What stands full or discards, what that does to records, and what a person can do. */
export function pressureWords({ lane, kind, agentName, dropped }: Pressure): {
  what: string;
  next: string;
} {
  const where = lane === 'ring' ? 'The ring' : `Lane ${lane}`;
  if (kind === 'dropping') {
    const records = `${dropped.toLocaleString('en')} ${dropped === 1 ? 'record' : 'records'}`;
    return {
      what: `${where} drops records on ${agentName}`,
      next: `It was full and discarded ${records}, which the plan allows with on_full drop and which are counted. Make what reads it faster, or let full lanes block.`,
    };
  }
  return {
    what: `${where} stands full on ${agentName}`,
    next: 'Nothing is lost: what writes to it waits, back to the input. Look at the stage behind it, which is slower than what comes.',
  };
}

/** One agent's trouble: a word, a look, and what happens next if nobody does anything. */
export function lookOfTrouble(kind: Trouble['kind']): Look {
  switch (kind) {
    case 'refused':
      return { label: 'Refused', tone: 'danger', icon: 'cross' };
    case 'retrying':
      return { label: 'Retrying', tone: 'warn', icon: 'reload' };
    case 'fell_back':
      return { label: 'Fell back', tone: 'accent', icon: 'undo' };
    case 'failed':
      return { label: 'Gave up', tone: 'danger', icon: 'error' };
    case 'crashed':
      return { label: 'Crashed', tone: 'danger', icon: 'error' };
    case 'stopped':
      return { label: 'Stopped', tone: 'danger', icon: 'stop' };
    case 'drifted':
      return { label: 'Drifted', tone: 'danger', icon: 'warning' };
    case 'unproved':
      return { label: 'Silent', tone: 'warn', icon: 'offline' };
  }
}

/** What one agent's trouble means, in a sentence; its cause has words of its own. */
export function troubleWords(trouble: Pick<Trouble, 'kind' | 'agentName' | 'tries'>): {
  what: string;
  /** What the agent does by itself. */
  next: string;
} {
  const name = trouble.agentName;
  switch (trouble.kind) {
    case 'refused':
      return {
        what: `${name} refused it`,
        next: 'Final: it is never tried again. What ran before goes on.',
      };
    case 'retrying':
      return {
        what: `The host of ${name} got in the way`,
        next: 'It is tried again by itself until the host lets it.',
      };
    case 'fell_back':
      return {
        what: `It started on ${name} and failed its health`,
        next: `What ran before runs again there. ${triesLeft(trouble.tries)}`,
      };
    case 'failed':
      return {
        what: `${name} gave it up`,
        next: 'Final: it failed its health each time. What ran before goes on.',
      };
    case 'crashed':
      return {
        what: `It crashed on ${name}`,
        next: 'The agent starts it again by itself, at most a minute apart.',
      };
    case 'stopped':
      return {
        what: `It doesn’t run on ${name}`,
        next: 'The agent is heard and doesn’t say why. Look at its log on the host.',
      };
    case 'drifted':
      return {
        what: `${name} runs another deployment than is wanted there, which it had proved before`,
        next: 'Its disk is an older one. The agent takes this one again by itself while its bundle is good.',
      };
    case 'unproved':
      return {
        what: `No word from ${name}`,
        next: 'An agent keeps running what it activated, but nothing proves it while it is silent. It reports by itself when it is back.',
      };
  }
}

/** How often an agent tries what failed its health: the first time, and the steps of its ladder. */
const TRIES = 4;

function triesLeft(tries: number): string {
  const left = TRIES - tries;
  if (left <= 0) return 'That was its last try.';
  return left === 1
    ? 'It is tried once more, and then given up.'
    : `It is tried ${left} more times, ever later, and then given up.`;
}

/** `runs in production` where an agent proves it now, else `deployed to production`. */
export function placeWords(course: Course, now: number, environment: string): string {
  const proved = (healthAt(course, now)?.running ?? 0) > 0;
  return `${proved ? 'runs in' : 'deployed to'} ${environment}`;
}
