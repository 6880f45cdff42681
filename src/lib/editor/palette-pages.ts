import type { Place } from '$lib/workspace/workspace.svelte';
import { rulesHref } from '$lib/rules/href';
import type { PalettePage } from './palette';

/** The pages that somebody can go to from here: what everybody has, and their environments. */
export function pagesOf(places: readonly Place[]): PalettePage[] {
  return [
    { title: 'Overview', detail: 'all projects', icon: 'home', href: '/' },
    ...places.map(({ project, environment }): PalettePage => ({
      title: environment.name,
      detail: `environment of ${project.name}`,
      icon: 'layers',
      href: `/environments/${environment.id}`,
    })),
    {
      title: 'Approvals',
      detail: 'what waits for a decision',
      icon: 'approval',
      href: '/approvals',
    },
    { title: 'Audit', detail: 'who did what', icon: 'audit', href: '/audit' },
    {
      title: 'Manage members',
      detail: 'people and roles',
      icon: 'users',
      href: '/settings/members',
    },
    {
      title: 'Rules of the language',
      detail: 'every problem and its cure',
      icon: 'info',
      href: rulesHref,
    },
  ];
}
