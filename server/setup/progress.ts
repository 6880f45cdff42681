/**
 * Where the building and enrolling of local agents tells how far it is. Kept in memory: a restart
 * starts it anew.
 */
interface SetupStep {
  environmentId: string | null;
  /** waiting, installing, building, enrolling, running, failed or unavailable */
  phase: string;
  /** 0 to 100, or null when nobody knows. */
  percent: number | null;
  /** One sentence for the page. */
  message: string;
}

export interface SetupProgress {
  /** Replaces the step of the same environment. */
  publish(step: SetupStep): void;
  current(): SetupStep[];
  onChange(listener: (step: SetupStep) => void): () => void;
}

export function setupProgress(): SetupProgress {
  const steps = new Map<string | null, SetupStep>();
  const listeners = new Set<(step: SetupStep) => void>();
  return {
    publish(step) {
      steps.set(step.environmentId, step);
      for (const listener of listeners) listener(step);
    },
    current: () => [...steps.values()],
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
