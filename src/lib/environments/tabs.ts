/** The parts of an environment's page; the chosen one stands in the address. */
export const environmentTabs = [
  { value: 'drafts', label: 'Drafts', icon: 'draft' },
  { value: 'versions', label: 'Versions', icon: 'version' },
  { value: 'bundles', label: 'Config bundles', icon: 'bundle' },
  { value: 'deployments', label: 'Deployments', icon: 'deployment' },
  { value: 'agents', label: 'Agents', icon: 'agent' },
] as const;

export type EnvironmentTab = (typeof environmentTabs)[number]['value'];

/** The tab that an address names; drafts where it names none. */
export function tabOf(value: string | null): EnvironmentTab {
  return environmentTabs.find((tab) => tab.value === value)?.value ?? 'drafts';
}
