/** A config bundle at the API. Its rules, and its form, are byteor-config's, in Rust. */
import { z } from 'zod';
import type { ConfigBundleV1 } from '../../src/lib/compiler/types.ts';
import { json } from '../inputs.ts';

export type ConfigBundle = ConfigBundleV1;

/** Any JSON that can be stored; {@link encodeConfig} hands it to byteor-config, which judges it. */
export const configBundle = json(64 * 1024)
  .refine((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
    error: 'A config bundle is an object.',
  })
  .pipe(z.custom<ConfigBundle>());
