import type { Component } from 'svelte';
import HistoryTab from '$lib/history/HistoryTab.svelte';
import RunTab from '$lib/run/RunTab.svelte';
import type { IconName } from '$lib/ui/icons';
import type { ActionContext } from './actions';
import CasesTab from '$lib/cases/CasesTab.svelte';
import { caseWords } from '$lib/cases/summary';
import FindPanel from './FindPanel.svelte';
import Outline from './Outline.svelte';
import Problems from './Problems.svelte';
import SpecPanel from './SpecPanel.svelte';
import StagesPanel from './StagesPanel.svelte';
import TextPanel from './TextPanel.svelte';

/** A tab of the left panel or of the dock. */
export interface RegionTab {
  id: string;
  title: string;
  /** Stands for it where its panel is folded to a rail. */
  icon: IconName;
  /** The icon alone stands in the row of tabs: the panel as it opens has no room for four words. */
  iconOnly?: true;
  /** How many there are of what it shows; undefined says nothing. */
  count?: (context: ActionContext) => number | string | undefined;
  /** Only what stops the author is coloured. */
  tone?: (context: ActionContext) => 'danger' | 'warn' | undefined;
  component: Component<{ context: ActionContext }>;
}

/** In their order: Outline, Stages, Find, History. */
export const leftTabs: readonly RegionTab[] = [
  { id: 'outline', title: 'Outline', icon: 'menu', component: Outline },
  { id: 'stages', title: 'Stages', icon: 'layers', component: StagesPanel },
  { id: 'find', title: 'Find', icon: 'search', component: FindPanel },
  { id: 'history', title: 'History', icon: 'history', iconOnly: true, component: HistoryTab },
];

/** In their order: Problems, Text, Run, Cases, Spec. */
export const dockTabs: readonly RegionTab[] = [
  {
    id: 'problems',
    title: 'Problems',
    icon: 'error',
    count: ({ session }) => session.diagnostics.length,
    // Nobody has made a mistake in a plan that isn't begun.
    tone: ({ session, start }) => (session.errors > 0 && !start.open ? 'danger' : undefined),
    component: Problems,
  },
  { id: 'text', title: 'Text', icon: 'code', component: TextPanel },
  { id: 'run', title: 'Run', icon: 'play', component: RunTab },
  {
    id: 'cases',
    title: 'Cases',
    icon: 'case',
    count: ({ cases }) => (cases.failing.length > 0 ? caseWords(cases) : cases.all.length),
    tone: ({ cases }) => (cases.failing.length > 0 ? 'danger' : undefined),
    component: CasesTab,
  },
  { id: 'spec', title: 'Spec', icon: 'version', component: SpecPanel },
];
