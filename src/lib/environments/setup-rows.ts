/** Where one local agent stands, as the server says. */
export interface SetupRow {
  environmentId: string | null;
  phase: string;
  percent: number | null;
  message: string;
}

/** One line of progress for every environment that is equally far. */
export interface JoinedRow extends Omit<SetupRow, 'environmentId'> {
  key: string;
  environmentIds: string[];
}

/** Joins rows that say the same, in the order in which they first appear. */
export function joinRows(rows: readonly SetupRow[]): JoinedRow[] {
  const joined = new Map<string, JoinedRow>();
  for (const { environmentId, ...row } of rows) {
    const key = `${row.phase}:${row.message}`;
    const line = joined.get(key) ?? { ...row, key, environmentIds: [] };
    if (environmentId !== null) line.environmentIds.push(environmentId);
    joined.set(key, line);
  }
  return [...joined.values()];
}
