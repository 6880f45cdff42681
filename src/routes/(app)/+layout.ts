import { redirect } from '@sveltejs/kit';
import { api } from '$lib/api';
import type { LayoutLoad } from './$types';

/** Everything in here is for a signed-in person; others are shown the way in. */
export const load: LayoutLoad = async ({ url, untrack }) => {
  const { user, compilerVersion } = await api.session.get.query();
  if (user === null) {
    // Untracked: asked once, not at each step from page to page, which has to work offline too.
    const back = untrack(() => url.pathname + url.search);
    redirect(307, back === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(back)}`);
  }
  return { user, compilerVersion };
};
