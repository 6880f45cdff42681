import type { Component } from 'svelte';
import type { IconName } from '$lib/ui/icons';
import type { ActionContext } from './actions';
import { caseWords } from '$lib/cases/summary';
import FindPanel from './FindPanel.svelte';
import Outline from './Outline.svelte';
import Problems from './Problems.svelte';
import TextPanel from './TextPanel.svelte';

type Part = Component<{ context: ActionContext }>;

/** Fetches a part of the editor that most drafts don't open at once. */
export type LoadPart = () => Promise<{ default: Part }>;

export const loadSpec: LoadPart = () => import('./SpecPanel.svelte');

/** How an empty draft begins. */
export const loadStart: LoadPart = () => import('$lib/templates/StartScreen.svelte');

/** What the selection does at a step of a run. */
export const loadAtStep = () => import('$lib/run/StageAtStep.svelte');

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
  /** Whether it has more to show than a low dock has room for. */
  tall?: (context: ActionContext) => boolean;
  /** What it shows, there from the beginning or fetched. */
  part: Part | { load: LoadPart };
}

/** In their order: Outline, Stages, Find, History. */
export const leftTabs: readonly RegionTab[] = [
  { id: 'outline', title: 'Outline', icon: 'menu', part: Outline },
  {
    id: 'stages',
    title: 'Stages',
    icon: 'layers',
    part: { load: () => import('./StagesPanel.svelte') },
  },
  { id: 'find', title: 'Find', icon: 'search', part: FindPanel },
  {
    id: 'history',
    title: 'History',
    icon: 'history',
    iconOnly: true,
    part: { load: () => import('$lib/history/HistoryPanel.svelte') },
  },
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
    part: Problems,
  },
  { id: 'text', title: 'Text', icon: 'code', part: TextPanel },
  {
    id: 'run',
    title: 'Run',
    icon: 'play',
    tall: ({ run }) => run.input !== null,
    part: { load: () => import('$lib/run/RunTab.svelte') },
  },
  {
    id: 'cases',
    title: 'Cases',
    icon: 'case',
    tall: ({ cases }) => cases.all.length > 0,
    count: ({ cases }) => (cases.failing.length > 0 ? caseWords(cases) : cases.all.length),
    tone: ({ cases }) => (cases.failing.length > 0 ? 'danger' : undefined),
    part: { load: () => import('$lib/cases/CasesTab.svelte') },
  },
  { id: 'spec', title: 'Spec', icon: 'version', part: { load: loadSpec } },
];

/** Fetches what tabs show when they are first opened, so that they open at once. */
export async function loadParts(): Promise<void> {
  const loads = [...leftTabs, ...dockTabs].flatMap(({ part }) =>
    'load' in part ? [part.load] : [],
  );
  // One that can't be had now is fetched when it is opened, and says so then.
  await Promise.allSettled([...loads, loadStart, loadAtStep].map((load) => load()));
}
