/** What a fresh installation holds: one organization, one project, two environments, one draft. */
import { recordAudit } from '../audit/record.ts';
import { ENVIRONMENT_DEFAULTS, type Posture } from '../domain/environments/policy.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { setRole } from '../roles/write-roles.ts';
import type { Services } from '../services.ts';

/** The owner of an embedded installation signs in by link; the address is never written to. */
export const OWNER_EMAIL = 'owner@byteor.invalid';
const OWNER_NAME = 'Owner';

/** The sample plan: mask e-mail addresses, keep only lines that look like JSON objects. */
const SAMPLE_PLAN = `# Runs on every line of the input file. Try it: rename a stage, or change a pattern.
pipeline orders
description "Keep JSON lines, drop debug noise, mask e-mail addresses"

ingress in
stage json keep:^\\{
stage quiet "drop:""level"":""debug"""
stage mask "replace:[^ ""]+@[^ ""]+=***"
egress out

in -> json -> quiet -> mask -> out

single_ring { ordering strict }
`;

/** Fills an empty database. Returns false when it wasn't empty: of several first starts one fills it. */
export function seedFirstStart(services: Services): Promise<boolean> {
  return services.database.alone(() => fillIfEmpty(services));
}

function fillIfEmpty({ database, clock, signer, jobs }: Services): Promise<boolean> {
  return database.transact(async (db) => {
    if ((await db.organization.count()) > 0) return false;
    const now = clock.now();
    const ownerId = uuidv7();
    const orgId = uuidv7();
    const projectId = uuidv7();
    await db.user.create({
      data: {
        id: ownerId,
        name: OWNER_NAME,
        email: OWNER_EMAIL,
        createdAt: now,
        updatedAt: now,
      },
    });
    await db.organization.create({ data: { id: orgId, name: 'Sample workspace', createdAt: now } });
    await setRole(db, { orgId, projectId: null, userId: ownerId, role: 'org_admin' }, now);
    await db.project.create({ data: { id: projectId, orgId, name: 'Orders', createdAt: now } });
    const environments: [string, string, Posture][] = [
      [uuidv7(), 'development', 'dev'],
      [uuidv7(), 'production', 'prod'],
    ];
    for (const [id, name, posture] of environments) {
      await db.environment.create({
        data: { id, orgId, projectId, name, posture, ...ENVIRONMENT_DEFAULTS, createdAt: now },
      });
    }
    await signer.ensureKeys(db, orgId, now);
    const draftId = uuidv7();
    await db.draft.create({
      data: {
        id: draftId,
        orgId,
        environmentId: environments[0]?.[0] ?? '',
        name: 'Mask order events',
        text: SAMPLE_PLAN,
        target: 'single_ring',
        layout: {},
        revision: 1,
        createdBy: ownerId,
        updatedBy: ownerId,
        writers: [ownerId],
        createdAt: now,
        updatedAt: now,
      },
    });
    await jobs.enqueue(db, 'spec_ingest', { orgId, draftId }, draftId);
    await recordAudit(db, now, {
      orgId,
      actor: { kind: 'system', id: null, name: 'First start' },
      action: 'organization.create',
      outcome: 'succeeded',
      resource: { kind: 'organization', id: orgId, name: 'Sample workspace' },
    });
    return true;
  });
}
