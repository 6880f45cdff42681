import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fittedSide } from '../../src/lib/bundles/boundaries.ts';
import { secretsOf, type SideName, type SideValues } from '../../src/lib/bundles/sides.ts';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { defaultSlot } from '../domain/slots/slot.ts';
import { id } from '../inputs.ts';
import { notFound } from '../errors.ts';
import { localFilesFolder } from '../local/agents.ts';
import { SAMPLE_INPUT } from '../local/sample-input.ts';
import { operation } from '../operation.ts';
import type { ConfigBundle } from './config.ts';

/** What a host without any allowed root of its own would most likely allow. */
const USUAL_ROOT = '/var/lib/byteor';

/**
 * The input under a root. In the folder of this install's own agents it is a file that stands there:
 * the pipeline's, else the sample. What stands on other hosts nobody here can know.
 */
function inputUnder(root: string, pipeline: string, dataDir: string): string {
  const fallback = `${root}/${pipeline}-input.log`;
  const folder = localFilesFolder(dataDir);
  if (root !== folder) return fallback;
  const standing = [`${pipeline}-input.log`, `${pipeline}.log`, SAMPLE_INPUT].find((name) =>
    existsSync(join(folder, name)),
  );
  return standing === undefined ? fallback : join(folder, standing);
}

/**
 * A config to start from: that of the same pipeline's last bundle here, else file to file under the
 * first folder that an agent of this environment allows.
 */
export const suggestBundle = operation({
  kind: 'read',
  name: 'bundle.suggest',
  input: z.object({ environmentId: id, versionId: id }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  needs: 'ViewEnvironment',
  async run({ services, db, input, thing: environment }) {
    const version = await db.version.findFirst({
      where: { id: input.versionId, orgId: environment.orgId, environmentId: environment.id },
      select: { name: true, pipeline: true, number: true, specKv: true },
    });
    if (!version) throw notFound('version');
    const agents = await db.agent.findMany({
      where: { orgId: environment.orgId, environmentId: environment.id, decommissionedAt: null },
      orderBy: { enrolledAt: 'asc' },
      select: { allowedRoots: true },
    });
    const allowedRoots = [...new Set(agents.flatMap((agent) => agent.allowedRoots))];
    const earlier = await db.configBundle.findFirst({
      where: {
        orgId: environment.orgId,
        environmentId: environment.id,
        version: { pipeline: version.pipeline },
      },
      orderBy: { updatedAt: 'desc' },
      select: { config: true, name: true },
    });
    const root = (allowedRoots[0] ?? USUAL_ROOT).replace(/\/+$/, '');
    const pipeline = defaultSlot(version.pipeline);
    // Agents of two environments may share a host and a folder: they never share what they write.
    const written = `${pipeline}-${environment.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
    const fresh: ConfigBundle = {
      v: 1,
      posture: environment.posture as ConfigBundle['posture'],
      tuning: { profile: 'default' },
      record: { slot_bytes: 256 },
      ingress: {
        kind: 'file',
        path: inputUnder(root, pipeline, services.config.dataDir),
        framing: 'lines',
        mode: 'follow',
        start: 'start',
        too_large: 'reject',
      },
      egress: { kind: 'file', path: `${root}/${written}-output.log`, framing: 'lines' },
      reject: { path: `${root}/${written}-rejected.log` },
    };
    const { secrets: known = [], ...config } = earlier ? (earlier.config as ConfigBundle) : fresh;
    // Exactly those that this version's keys use, where the earlier bundle had them.
    const needs = services.compiler.bundleNeeds(version.specKv);
    const { secrets: secretNames, boundaries, chooses } = needs;
    if (boundaries) {
      const fit = <S extends object>(side: SideName, values: S, ids: readonly string[]) =>
        fittedSide(side, values as SideValues, ids) as S;
      config.ingress = fit('ingress', config.ingress, boundaries.ingresses);
      config.egress = fit('egress', config.egress, boundaries.egresses);
    }
    // And those that its adapters use.
    const used = [...new Set([...secretNames, ...secretsOf(config)])].sort();
    const secrets = used.map(
      (name) =>
        known.find((secret) => secret.name === name) ?? {
          name,
          kind: 'file' as const,
          path: `${root}/secrets/${name}`,
        },
    );
    return {
      name: `${version.name} v${version.number}`,
      config: secrets.length > 0 ? { ...config, secrets } : config,
      secretNames,
      boundaries,
      chooses,
      basedOn: earlier?.name ?? null,
      allowedRoots,
    };
  },
});
