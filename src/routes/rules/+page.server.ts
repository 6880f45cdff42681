import { rulePages } from '$lib/rules/read.server';
import type { PageServerLoad } from './$types';

/** Open to anyone: what the compiler says is no secret, and links to it stand in terminals too. */
export const load: PageServerLoad = () => ({ pages: rulePages });
