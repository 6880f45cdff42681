import type { ConfigBundle } from './config.ts';

interface BundleRow {
  id: string;
  environmentId: string;
  versionId: string;
  number: number;
  name: string;
  config: unknown;
  text: string;
  digest: string;
  revision: number;
  frozenAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
  version: { number: number; name: string };
}

/** A config bundle as the page sees it. */
export function bundleView(row: BundleRow) {
  return {
    id: row.id,
    environmentId: row.environmentId,
    versionId: row.versionId,
    version: row.version,
    /** Counted from 1 in its environment; what people call it by. */
    number: row.number,
    name: row.name,
    config: row.config as ConfigBundle,
    text: row.text,
    digest: row.digest,
    revision: row.revision,
    frozen: row.frozenAt !== null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
