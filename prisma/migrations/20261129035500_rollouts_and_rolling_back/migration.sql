-- AlterTable
ALTER TABLE "approvals" ADD COLUMN     "carried_from" UUID;

-- AlterTable
ALTER TABLE "deployment_agents" ADD COLUMN     "drift_deployment_id" UUID,
ADD COLUMN     "drift_epoch" INTEGER,
ADD COLUMN     "drift_since" TIMESTAMPTZ(3),
ADD COLUMN     "held" "desired_state",
ADD COLUMN     "passed_over_at" TIMESTAMPTZ(3),
ADD COLUMN     "try_now_at" TIMESTAMPTZ(3),
ADD COLUMN     "wave" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "deployments" ADD COLUMN     "again_of" UUID,
ADD COLUMN     "expedited" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "left_at" TIMESTAMPTZ(3),
ADD COLUMN     "left_by" UUID,
ADD COLUMN     "restores" UUID,
ADD COLUMN     "rollback_of" UUID;

-- AlterTable
ALTER TABLE "slots" ADD COLUMN     "stopped_at" TIMESTAMPTZ(3),
ADD COLUMN     "stopped_by" UUID,
ADD COLUMN     "stopped_reason" TEXT;
