/** What the database keeps by itself: closed sets, indexes, and what is there once at most. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APPROVAL_STATES } from '../domain/approvals/machine.ts';
import { DEPLOYMENT_STATES } from '../domain/deployments/machine.ts';
import { POSTURES } from '../domain/environments/policy.ts';
import { ORG_ROLES, PROJECT_ROLES, ROLES } from '../domain/permissions/roles.ts';
import { REVIEW_SIDES, REVIEW_VERDICTS } from '../domain/reviews/anchor.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { LIVE_TOPICS } from '../live/bus.ts';
import { NOTIFICATION_KINDS } from '../notifications/notify.ts';
import { startTestServer, type TestServer } from '../test/harness.ts';
import * as enums from './generated/enums.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe('a closed set of the domain', () => {
  it.each([
    ['approval states', APPROVAL_STATES, enums.ApprovalState],
    ['deployment states', DEPLOYMENT_STATES, enums.DeploymentState],
    ['postures', POSTURES, enums.Posture],
    ['roles', ROLES, enums.Role],
    ['roles at an organization', ORG_ROLES, enums.OrgRole],
    ['roles at a project', PROJECT_ROLES, enums.ProjectRole],
    ['live topics', LIVE_TOPICS, enums.LiveTopic],
    ['sides of a review', REVIEW_SIDES, enums.ReviewSide],
    ['verdicts of a review', REVIEW_VERDICTS, enums.ReviewVerdict],
    ['kinds of notifications', NOTIFICATION_KINDS, enums.NotificationKind],
  ])('is the enum of the database: %s', (_name, domain, database) => {
    expect(Object.values(database).sort()).toEqual([...domain].sort());
  });
});

/** Columns whose name says that they hold one of few words, and that may be open text all the same. */
const OPEN_TEXT = new Set(['sessions.user_agent', 'agent_reports.value']);

describe('a table', () => {
  it('holds no state, kind, role, mode or phase as open text', async () => {
    const { rows } = await server.services.database.pool.query<{ place: string }>(
      `SELECT table_name || '.' || column_name AS place FROM information_schema.columns
       WHERE table_schema = $1 AND data_type = 'text'
         AND column_name ~ '(^|_)(state|kind|role|mode|phase|posture|purpose|outcome|target|fact)$'
         AND NOT (table_name = 'audit_records' AND column_name = 'resource_kind')`,
      [server.services.database.schema],
    );
    expect(rows.map((row) => row.place).filter((place) => !OPEN_TEXT.has(place))).toEqual([]);
  });

  it('has an index that begins with each foreign key', async () => {
    const { rows } = await server.services.database.pool.query<{ name: string }>(
      `SELECT c.conname AS name FROM pg_constraint c
       JOIN pg_namespace n ON n.oid = c.connamespace
       WHERE c.contype = 'f' AND n.nspname = $1 AND NOT EXISTS (
         SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indpred IS NULL
           AND (SELECT array_agg(k ORDER BY k) FROM unnest(c.conkey) AS k)
             = (SELECT array_agg(k ORDER BY k)
                FROM unnest((i.indkey::int2[])[0:cardinality(c.conkey) - 1]) AS k))`,
      [server.services.database.schema],
    );
    expect(rows.map((row) => row.name)).toEqual([]);
  });
});

describe('an organization', () => {
  it('signs with one key at a time for each purpose', async () => {
    const db = server.services.database.client;
    const active = await db.signingKey.findFirstOrThrow({
      where: { orgId: server.org.id, purpose: 'approval', state: 'active' },
    });
    const second = { ...active, id: uuidv7(), kid: 'second' };
    await expect(db.signingKey.create({ data: second })).rejects.toThrow(/[Uu]nique/);
    await db.signingKey.create({ data: { ...second, state: 'retired' } });
  });
});
