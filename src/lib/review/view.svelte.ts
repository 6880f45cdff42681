import { SvelteSet } from 'svelte/reactivity';
import { changeClasses, type ChangeClass } from './change-classes';
import type { Shown } from './union';

/** What stands in the pane on the right. */
export type Pane = 'plan' | 'spec' | 'run';
/** Which of the three panes a narrow screen shows. */
export type Tab = 'list' | 'canvas' | 'text';

const SHOWN: readonly Shown[] = ['both', 'from', 'to'];
const PANES: readonly Pane[] = ['plan', 'spec', 'run'];
const TABS: readonly Tab[] = ['list', 'canvas', 'text'];

function oneOf<T extends string>(value: string | null, all: readonly T[], otherwise: T): T {
  return all.find((item) => item === value) ?? otherwise;
}

/**
 * How a comparison is looked at. All of it stands in the address, so that a link shows the very same;
 * what is as usual is left out of it.
 */
export class ReviewView {
  /** The key of the change, or the anchor of the element, that is chosen; '' for none. */
  at = $state('');
  shown = $state<Shown>('both');
  pane = $state<Pane>('plan');
  tab = $state<Tab>('list');
  /** Classes of changes that are left out. */
  readonly hidden = new SvelteSet<ChangeClass>();
  /** Only what came since this person's last review. */
  since = $state(false);
  /** In the order of the compiler instead of by risk. */
  inOrder = $state(false);

  constructor(search: URLSearchParams) {
    this.read(search);
  }

  read(search: URLSearchParams): void {
    this.at = search.get('at') ?? '';
    this.shown = oneOf(search.get('show'), SHOWN, 'both');
    this.pane = oneOf(search.get('text'), PANES, 'plan');
    this.tab = oneOf(search.get('tab'), TABS, 'list');
    this.since = search.get('only') === 'new';
    this.inOrder = search.get('order') === 'plan';
    const hidden = (search.get('hide') ?? '').split(',');
    for (const { id } of changeClasses)
      if (hidden.includes(id)) this.hidden.add(id);
      else this.hidden.delete(id);
  }

  /** The address of this view over two sides. */
  write(sides: { from: string; to: string }): string {
    const parts = [
      ['from', sides.from],
      ['to', sides.to],
    ];
    const say = (name: string, value: string, usual: string) => {
      if (value !== usual) parts.push([name, value]);
    };
    say('at', this.at, '');
    say('show', this.shown, 'both');
    say('text', this.pane, 'plan');
    say('tab', this.tab, 'list');
    say('only', this.since ? 'new' : '', '');
    say('order', this.inOrder ? 'plan' : '', '');
    const hidden = changeClasses.flatMap(({ id }) => (this.hidden.has(id) ? [id] : []));
    say('hide', hidden.join(','), '');
    const search = parts.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`);
    return `/compare?${search.join('&')}`;
  }
}
