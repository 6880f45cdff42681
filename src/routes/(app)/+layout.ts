import { redirect } from '@sveltejs/kit';
import { ask, describeError, queries, type Outputs } from '$lib/api';
import { openLive } from '$lib/api/live.svelte';
import { remembered } from '$lib/offline/person';
import type { LayoutLoad } from './$types';

/** Everything in here is for a signed-in person; others are shown the way in. */
export const load: LayoutLoad = async ({ url, untrack }) => {
  const { user, compilerVersion, offlinePages } = await session();
  if (user === null) {
    remembered.forget();
    // Untracked: asked once, not at each step from page to page, which has to work offline too.
    const back = untrack(() => url.pathname + url.search);
    redirect(307, back === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(back)}`);
  }
  // Before the page asks anything: what changes while it asks is told then, and nothing asked twice.
  await openLive().started;
  return { user, compilerVersion, offlinePages };
};

/** Who is signed in; while the server is away, who was: their drafts of this browser open then. */
async function session(): Promise<Outputs['session']['get']> {
  try {
    const answer = await ask(queries.session.get());
    if (answer.user) remembered.put({ ...answer, user: answer.user });
    return answer;
  } catch (error) {
    const known = remembered.get();
    if (known && describeError(error).code === 'offline') return known;
    throw error;
  }
}
