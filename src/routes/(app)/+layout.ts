import { redirect } from '@sveltejs/kit';
import { ask, queries } from '$lib/api';
import { openLive } from '$lib/api/live.svelte';
import type { LayoutLoad } from './$types';

/** Everything in here is for a signed-in person; others are shown the way in. */
export const load: LayoutLoad = async ({ url, untrack }) => {
  const { user, compilerVersion } = await ask(queries.session.get());
  if (user === null) {
    // Untracked: asked once, not at each step from page to page, which has to work offline too.
    const back = untrack(() => url.pathname + url.search);
    redirect(307, back === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(back)}`);
  }
  // Before the page asks anything: what changes while it asks is told then, and nothing asked twice.
  await openLive().started;
  return { user, compilerVersion };
};
