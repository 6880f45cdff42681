/** Page helpers that speak in gestures and address things by role and name. */
export { approvalScreen } from './approval-screen.ts';
export { bundleForm, type BundleFields } from './bundle-form.ts';
export { deploymentForm } from './deployment-form.ts';
export { deploymentPage, type Counters } from './deployment-page.ts';
export { editor } from './editor.ts';
export { acceptInvitation, signIn, signOut } from './entrance.ts';
export { openFleet } from './fleet.ts';
export { members } from './members.ts';
export { environmentPage, overview } from './overview.ts';
export { drawn, open, ready } from './page.ts';
export { joins } from './people.ts';
export { versionPage } from './version.ts';
