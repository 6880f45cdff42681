-- AlterTable
ALTER TABLE "agents" ADD COLUMN     "clock_behind_ms" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "refused_keys" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "refused_slots" JSONB NOT NULL DEFAULT '[]';

-- AlterTable
ALTER TABLE "deployment_agents" ADD COLUMN     "activated_at" TIMESTAMPTZ(3),
ADD COLUMN     "attempted_next_at" TIMESTAMPTZ(3),
ADD COLUMN     "attempted_tries" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "counters" JSONB,
ADD COLUMN     "finished_at" TIMESTAMPTZ(3),
ADD COLUMN     "last_restart_at" TIMESTAMPTZ(3),
ADD COLUMN     "restarts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "slot" TEXT;

UPDATE "deployment_agents" a SET "slot" = d."slot"
  FROM "deployments" d WHERE d."org_id" = a."org_id" AND d."id" = a."deployment_id";
ALTER TABLE "deployment_agents" ALTER COLUMN "slot" SET NOT NULL;

-- What was never to run again, or stood behind a newer one, was still marked as wanted.
UPDATE "deployment_agents" a SET "desired" = 'stop'
  FROM "deployments" d
  WHERE d."org_id" = a."org_id" AND d."id" = a."deployment_id" AND a."desired" = 'run'
    AND (d."state" NOT IN ('deploying', 'active') OR a."superseded_at" IS NOT NULL);
UPDATE "deployment_agents" a SET "desired" = 'fallback'
  FROM "deployments" d
  WHERE d."org_id" = a."org_id" AND d."id" = a."deployment_id" AND a."desired" = 'run'
    AND EXISTS (
      SELECT 1 FROM "deployment_agents" b
      JOIN "deployments" e ON e."org_id" = b."org_id" AND e."id" = b."deployment_id"
      WHERE b."agent_id" = a."agent_id" AND b."slot" = a."slot" AND b."desired" = 'run'
        AND e."epoch" > d."epoch"
    );

-- At most one deployment is desired in a slot of an agent.
CREATE UNIQUE INDEX "deployment_agents_one_desired" ON "deployment_agents" ("agent_id", "slot")
  WHERE "desired" = 'run';

-- AlterTable
ALTER TABLE "deployments" ADD COLUMN     "stopped_at" TIMESTAMPTZ(3),
ADD COLUMN     "stopped_by" UUID;

-- CreateTable
CREATE TABLE "worker_beats" (
    "id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "worker_beats_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "worker_beats_seen_at_idx" ON "worker_beats"("seen_at");

-- What was withdrawn before it was decided was written as denied until now.
UPDATE "approvals" a SET "state" = 'withdrawn'
  FROM "deployment_transitions" t
  WHERE t."org_id" = a."org_id" AND t."deployment_id" = a."deployment_id"
    AND t."code" = 'withdrawn' AND t."from" = 'pending_approval' AND a."state" = 'denied';
UPDATE "deployments" d SET "state" = 'withdrawn', "failure_code" = NULL, "failure_message" = NULL
  FROM "deployment_transitions" t
  WHERE t."org_id" = d."org_id" AND t."deployment_id" = d."id" AND t."code" = 'withdrawn'
    AND d."state" IN ('denied', 'failed');
UPDATE "deployment_transitions" SET "to" = 'withdrawn' WHERE "code" = 'withdrawn';
