import type { ConfigBundle } from './config.ts';

/** The files that a config names, and which of them it writes. */
export function pathsOf(config: ConfigBundle): { field: string; path: string; writes: boolean }[] {
  return [
    { field: 'ingress.path', path: config.ingress.path, writes: false },
    { field: 'egress.path', path: config.egress.path, writes: true },
    { field: 'reject.path', path: config.reject.path, writes: true },
  ];
}
