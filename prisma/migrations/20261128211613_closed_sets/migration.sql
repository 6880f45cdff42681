-- Closed sets become enums, keeping what the rows hold; each foreign key and each list's order has an
-- index.

-- CreateEnum
CREATE TYPE "posture" AS ENUM ('dev', 'staging', 'prod');

-- CreateEnum
CREATE TYPE "org_role" AS ENUM ('org_admin', 'viewer');

-- CreateEnum
CREATE TYPE "project_role" AS ENUM ('project_admin', 'operator', 'viewer');

-- CreateEnum
CREATE TYPE "role" AS ENUM ('org_admin', 'project_admin', 'operator', 'viewer');

-- CreateEnum
CREATE TYPE "key_purpose" AS ENUM ('approval', 'manifest');

-- CreateEnum
CREATE TYPE "key_state" AS ENUM ('active', 'retired', 'revoked');

-- CreateEnum
CREATE TYPE "execution_target" AS ENUM ('single_ring', 'lane_graph');

-- CreateEnum
CREATE TYPE "deployment_state" AS ENUM ('pending_approval', 'approved', 'building', 'deploying', 'active', 'failed', 'denied', 'rolling_back', 'rolled_back');

-- CreateEnum
CREATE TYPE "approval_state" AS ENUM ('pending', 'approved', 'denied', 'expired', 'revoked');

-- CreateEnum
CREATE TYPE "approval_mode" AS ENUM ('person', 'policy');

-- CreateEnum
CREATE TYPE "desired_state" AS ENUM ('run', 'stop');

-- CreateEnum
CREATE TYPE "attempt_phase" AS ENUM ('fetching', 'verifying', 'starting', 'active', 'refused', 'retrying', 'fell_back', 'failed');

-- CreateEnum
CREATE TYPE "report_fact" AS ENUM ('desired', 'attempted', 'running');

-- CreateEnum
CREATE TYPE "actor_kind" AS ENUM ('user', 'policy', 'agent', 'job', 'timer', 'system');

-- CreateEnum
CREATE TYPE "audit_outcome" AS ENUM ('allowed', 'denied', 'succeeded', 'failed');

-- CreateEnum
CREATE TYPE "live_topic" AS ENUM ('workspace', 'member', 'draft', 'version', 'bundle', 'deployment', 'approval', 'agent');

-- DropIndex
DROP INDEX "agent_reports_org_id_deployment_id_idx";

-- DropIndex
DROP INDEX "audit_records_org_id_at_idx";

-- DropIndex
DROP INDEX "config_bundles_org_id_environment_id_idx";

-- DropIndex
DROP INDEX "deployment_transitions_org_id_deployment_id_idx";

-- DropIndex
DROP INDEX "drafts_org_id_environment_id_idx";

-- DropIndex
DROP INDEX "enrollment_tokens_org_id_environment_id_idx";

-- DropIndex
DROP INDEX "invitations_org_id_idx";

-- AlterTable
ALTER TABLE "agent_reports"
  ALTER COLUMN "fact" TYPE "report_fact" USING "fact"::"report_fact";

-- AlterTable
ALTER TABLE "approvals"
  ALTER COLUMN "state" TYPE "approval_state" USING "state"::"approval_state",
  ALTER COLUMN "mode" TYPE "approval_mode" USING "mode"::"approval_mode";

-- AlterTable
ALTER TABLE "audit_records"
  ALTER COLUMN "actor_kind" TYPE "actor_kind" USING "actor_kind"::"actor_kind",
  ALTER COLUMN "outcome" TYPE "audit_outcome" USING "outcome"::"audit_outcome";

-- AlterTable
ALTER TABLE "deployment_agents"
  ALTER COLUMN "desired" TYPE "desired_state" USING "desired"::"desired_state",
  ALTER COLUMN "attempted_phase" TYPE "attempt_phase" USING "attempted_phase"::"attempt_phase";

-- AlterTable
ALTER TABLE "deployment_transitions"
  ALTER COLUMN "from" TYPE "deployment_state" USING "from"::"deployment_state",
  ALTER COLUMN "to" TYPE "deployment_state" USING "to"::"deployment_state",
  ALTER COLUMN "actor_kind" TYPE "actor_kind" USING "actor_kind"::"actor_kind";

-- AlterTable
ALTER TABLE "deployments"
  ALTER COLUMN "state" TYPE "deployment_state" USING "state"::"deployment_state",
  ALTER COLUMN "approval_mode" TYPE "approval_mode" USING "approval_mode"::"approval_mode";

-- AlterTable
ALTER TABLE "drafts"
  ALTER COLUMN "target" TYPE "execution_target" USING "target"::"execution_target";

-- AlterTable
ALTER TABLE "environments"
  ALTER COLUMN "posture" TYPE "posture" USING "posture"::"posture";

-- AlterTable
ALTER TABLE "invitations"
  ALTER COLUMN "role" TYPE "role" USING "role"::"role";

-- AlterTable
ALTER TABLE "live_events"
  ALTER COLUMN "type" TYPE "live_topic" USING "type"::"live_topic";

-- AlterTable
ALTER TABLE "org_members"
  ALTER COLUMN "role" TYPE "org_role" USING "role"::"org_role";

-- AlterTable
ALTER TABLE "project_members"
  ALTER COLUMN "role" TYPE "project_role" USING "role"::"project_role";

-- AlterTable
ALTER TABLE "signing_keys"
  ALTER COLUMN "purpose" TYPE "key_purpose" USING "purpose"::"key_purpose",
  ALTER COLUMN "state" TYPE "key_state" USING "state"::"key_state";

-- AlterTable
ALTER TABLE "versions"
  ALTER COLUMN "target" TYPE "execution_target" USING "target"::"execution_target";

-- CreateIndex
CREATE INDEX "agent_reports_org_id_deployment_id_agent_id_received_at_idx" ON "agent_reports"("org_id", "deployment_id", "agent_id", "received_at");

-- CreateIndex
CREATE INDEX "agent_reports_org_id_deployment_id_received_at_idx" ON "agent_reports"("org_id", "deployment_id", "received_at");

-- CreateIndex
CREATE INDEX "agents_org_id_environment_id_enrolled_at_idx" ON "agents"("org_id", "environment_id", "enrolled_at");

-- CreateIndex
CREATE INDEX "approvals_org_id_environment_id_requested_at_idx" ON "approvals"("org_id", "environment_id", "requested_at");

-- CreateIndex
CREATE INDEX "audit_records_org_id_id_idx" ON "audit_records"("org_id", "id");

-- CreateIndex
CREATE INDEX "audit_records_org_id_environment_id_id_idx" ON "audit_records"("org_id", "environment_id", "id");

-- CreateIndex
CREATE INDEX "config_bundles_org_id_environment_id_updated_at_idx" ON "config_bundles"("org_id", "environment_id", "updated_at");

-- CreateIndex
CREATE INDEX "config_bundles_org_id_version_id_idx" ON "config_bundles"("org_id", "version_id");

-- CreateIndex
CREATE INDEX "deployment_transitions_org_id_deployment_id_at_idx" ON "deployment_transitions"("org_id", "deployment_id", "at");

-- CreateIndex
CREATE INDEX "deployments_org_id_environment_id_created_at_idx" ON "deployments"("org_id", "environment_id", "created_at");

-- CreateIndex
CREATE INDEX "deployments_org_id_version_id_idx" ON "deployments"("org_id", "version_id");

-- CreateIndex
CREATE INDEX "deployments_org_id_bundle_id_idx" ON "deployments"("org_id", "bundle_id");

-- CreateIndex
CREATE INDEX "drafts_org_id_environment_id_updated_at_idx" ON "drafts"("org_id", "environment_id", "updated_at");

-- CreateIndex
CREATE INDEX "enrollment_tokens_org_id_environment_id_created_at_idx" ON "enrollment_tokens"("org_id", "environment_id", "created_at");

-- CreateIndex
CREATE INDEX "environments_org_id_project_id_created_at_idx" ON "environments"("org_id", "project_id", "created_at");

-- CreateIndex
CREATE INDEX "invitations_org_id_created_at_idx" ON "invitations"("org_id", "created_at");

-- CreateIndex
CREATE INDEX "invitations_org_id_project_id_idx" ON "invitations"("org_id", "project_id");

-- CreateIndex
CREATE INDEX "projects_org_id_created_at_idx" ON "projects"("org_id", "created_at");

-- CreateIndex
CREATE INDEX "versions_org_id_environment_id_number_idx" ON "versions"("org_id", "environment_id", "number");

-- CreateIndex
CREATE INDEX "versions_org_id_draft_id_number_idx" ON "versions"("org_id", "draft_id", "number");

-- ── What the schema language can't say ─────────────────────────────────────────────────────────

-- An organization signs with one key at a time for each purpose.
CREATE UNIQUE INDEX "signing_keys_one_active" ON "signing_keys"("org_id", "purpose")
  WHERE "state" = 'active';
