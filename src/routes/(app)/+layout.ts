import { redirect } from '@sveltejs/kit';
import { api } from '$lib/api';

/** Everything in here is for a signed-in person; others are shown the way in. */
export async function load({ url }: { url: URL }) {
  const { user, compilerVersion } = await api.session.get.query();
  if (user === null) {
    const back = url.pathname + url.search;
    redirect(307, back === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(back)}`);
  }
  return { user, compilerVersion };
}
