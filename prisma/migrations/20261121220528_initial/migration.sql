-- CreateTable
CREATE TABLE "users" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" UUID NOT NULL,
    "token" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "accounts" (
    "id" UUID NOT NULL,
    "account_id" TEXT NOT NULL,
    "provider_id" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "access_token" TEXT,
    "refresh_token" TEXT,
    "id_token" TEXT,
    "access_token_expires_at" TIMESTAMPTZ(3),
    "refresh_token_expires_at" TIMESTAMPTZ(3),
    "scope" TEXT,
    "password" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verifications" (
    "id" UUID NOT NULL,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "verifications_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "organizations" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "organizations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "org_members" (
    "org_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "org_members_pkey" PRIMARY KEY ("org_id","user_id")
);

-- CreateTable
CREATE TABLE "projects" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "projects_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "project_members" (
    "org_id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "project_members_pkey" PRIMARY KEY ("org_id","project_id","user_id")
);

-- CreateTable
CREATE TABLE "environments" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "posture" TEXT NOT NULL,
    "self_approval" BOOLEAN NOT NULL DEFAULT false,
    "approval_required" BOOLEAN NOT NULL DEFAULT false,
    "credential_lifetime_minutes" INTEGER NOT NULL,
    "approval_window_minutes" INTEGER NOT NULL,
    "max_in_flight" INTEGER NOT NULL,
    "next_version_number" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "environments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "invitations" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "project_id" UUID,
    "role" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_at" TIMESTAMPTZ(3),
    "accepted_by" UUID,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "signing_keys" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "kid" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "sealed_private_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "drafts" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "layout" JSONB NOT NULL,
    "revision" INTEGER NOT NULL,
    "compiler_version" TEXT,
    "ingested_revision" INTEGER,
    "error_count" INTEGER,
    "warning_count" INTEGER,
    "spec_hash" TEXT,
    "created_by" UUID NOT NULL,
    "updated_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "drafts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "versions" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "layout" JSONB NOT NULL,
    "spec_kv" TEXT NOT NULL,
    "spec_hash" TEXT NOT NULL,
    "describe" TEXT NOT NULL,
    "diagnostics" JSONB NOT NULL,
    "capabilities" TEXT[],
    "features" TEXT[],
    "pipeline" TEXT,
    "compiler_version" TEXT NOT NULL,
    "draft_id" UUID,
    "draft_revision" INTEGER,
    "promoted_from" UUID,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "versions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "config_bundles" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "version_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "text" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "frozen_at" TIMESTAMPTZ(3),
    "created_by" UUID NOT NULL,
    "updated_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "config_bundles_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agents" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "host_name" TEXT NOT NULL,
    "agent_version" TEXT NOT NULL,
    "protocol_version" INTEGER NOT NULL,
    "spec_features" TEXT[],
    "allowed_roots" TEXT[],
    "runtime_key_hash" TEXT NOT NULL,
    "scopes" TEXT[],
    "key_set_digest" TEXT,
    "enrolled_at" TIMESTAMPTZ(3) NOT NULL,
    "last_heartbeat_at" TIMESTAMPTZ(3),
    "decommissioned_at" TIMESTAMPTZ(3),

    CONSTRAINT "agents_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "enrollment_tokens" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "created_by" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "used_by_agent_id" UUID,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "enrollment_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "slots" (
    "org_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "last_epoch" INTEGER NOT NULL,

    CONSTRAINT "slots_pkey" PRIMARY KEY ("org_id","environment_id","name")
);

-- CreateTable
CREATE TABLE "deployments" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "slot" TEXT NOT NULL,
    "version_id" UUID NOT NULL,
    "bundle_id" UUID NOT NULL,
    "spec_hash" TEXT NOT NULL,
    "config_digest" TEXT NOT NULL,
    "capabilities" TEXT[],
    "statement_text" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "approval_mode" TEXT NOT NULL,
    "comment" TEXT NOT NULL,
    "epoch" INTEGER,
    "bundle_hash" TEXT,
    "bundle_size" INTEGER,
    "bundle_expires_at" TIMESTAMPTZ(3),
    "failure_code" TEXT,
    "failure_message" TEXT,
    "requested_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "activated_at" TIMESTAMPTZ(3),
    "superseded_at" TIMESTAMPTZ(3),
    "superseded_by" UUID,

    CONSTRAINT "deployments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deployment_transitions" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "deployment_id" UUID NOT NULL,
    "from" TEXT,
    "to" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "code" TEXT,
    "reason" TEXT,

    CONSTRAINT "deployment_transitions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deployment_agents" (
    "org_id" UUID NOT NULL,
    "deployment_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "desired" TEXT,
    "desired_at" TIMESTAMPTZ(3),
    "attempted_phase" TEXT,
    "attempted_code" TEXT,
    "attempted_message" TEXT,
    "attempted_at" TIMESTAMPTZ(3),
    "running_since" TIMESTAMPTZ(3),
    "running_epoch" INTEGER,
    "running_reported_at" TIMESTAMPTZ(3),
    "confirmed_at" TIMESTAMPTZ(3),
    "failure_code" TEXT,
    "failure_message" TEXT,
    "failed_at" TIMESTAMPTZ(3),
    "superseded_at" TIMESTAMPTZ(3),
    "snapshot" JSONB,
    "snapshot_at" TIMESTAMPTZ(3),
    "last_words" TEXT[],

    CONSTRAINT "deployment_agents_pkey" PRIMARY KEY ("org_id","deployment_id","agent_id")
);

-- CreateTable
CREATE TABLE "agent_reports" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "deployment_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "fact" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "epoch" INTEGER,
    "code" TEXT,
    "message" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "agent_reports_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "approvals" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "deployment_id" UUID NOT NULL,
    "digest" TEXT NOT NULL,
    "spec_hash" TEXT NOT NULL,
    "capabilities" TEXT[],
    "state" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "requested_by" UUID NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_by" TEXT,
    "decided_by_name" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "comment" TEXT,
    "self_approved" BOOLEAN NOT NULL DEFAULT false,
    "issued_by" TEXT,
    "kid" TEXT,
    "credential" TEXT,
    "credential_expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_reason" TEXT,

    CONSTRAINT "approvals_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_records" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "project_id" UUID,
    "environment_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "resource_kind" TEXT NOT NULL,
    "resource_id" TEXT,
    "resource_name" TEXT,
    "detail" JSONB NOT NULL,

    CONSTRAINT "audit_records_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "live_events" (
    "id" BIGSERIAL NOT NULL,
    "org_id" UUID NOT NULL,
    "environment_id" UUID,
    "type" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "live_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_token_key" ON "sessions"("token");

-- CreateIndex
CREATE INDEX "sessions_user_id_idx" ON "sessions"("user_id");

-- CreateIndex
CREATE INDEX "accounts_user_id_idx" ON "accounts"("user_id");

-- CreateIndex
CREATE INDEX "verifications_identifier_idx" ON "verifications"("identifier");

-- CreateIndex
CREATE INDEX "org_members_user_id_idx" ON "org_members"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "projects_org_id_id_key" ON "projects"("org_id", "id");

-- CreateIndex
CREATE INDEX "project_members_user_id_idx" ON "project_members"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "environments_org_id_id_key" ON "environments"("org_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "environments_project_id_name_key" ON "environments"("project_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "invitations_token_hash_key" ON "invitations"("token_hash");

-- CreateIndex
CREATE INDEX "invitations_org_id_idx" ON "invitations"("org_id");

-- CreateIndex
CREATE UNIQUE INDEX "signing_keys_org_id_kid_key" ON "signing_keys"("org_id", "kid");

-- CreateIndex
CREATE INDEX "drafts_org_id_environment_id_idx" ON "drafts"("org_id", "environment_id");

-- CreateIndex
CREATE UNIQUE INDEX "drafts_org_id_id_key" ON "drafts"("org_id", "id");

-- CreateIndex
CREATE INDEX "versions_org_id_spec_hash_idx" ON "versions"("org_id", "spec_hash");

-- CreateIndex
CREATE UNIQUE INDEX "versions_org_id_id_key" ON "versions"("org_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "versions_environment_id_number_key" ON "versions"("environment_id", "number");

-- CreateIndex
CREATE INDEX "config_bundles_org_id_environment_id_idx" ON "config_bundles"("org_id", "environment_id");

-- CreateIndex
CREATE UNIQUE INDEX "config_bundles_org_id_id_key" ON "config_bundles"("org_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "agents_runtime_key_hash_key" ON "agents"("runtime_key_hash");

-- CreateIndex
CREATE UNIQUE INDEX "agents_org_id_id_key" ON "agents"("org_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "agents_environment_id_name_key" ON "agents"("environment_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "enrollment_tokens_token_hash_key" ON "enrollment_tokens"("token_hash");

-- CreateIndex
CREATE INDEX "enrollment_tokens_org_id_environment_id_idx" ON "enrollment_tokens"("org_id", "environment_id");

-- CreateIndex
CREATE INDEX "deployments_org_id_environment_id_slot_idx" ON "deployments"("org_id", "environment_id", "slot");

-- CreateIndex
CREATE INDEX "deployments_state_idx" ON "deployments"("state");

-- CreateIndex
CREATE UNIQUE INDEX "deployments_org_id_id_key" ON "deployments"("org_id", "id");

-- CreateIndex
CREATE INDEX "deployment_transitions_org_id_deployment_id_idx" ON "deployment_transitions"("org_id", "deployment_id");

-- CreateIndex
CREATE INDEX "deployment_agents_org_id_agent_id_idx" ON "deployment_agents"("org_id", "agent_id");

-- CreateIndex
CREATE INDEX "agent_reports_org_id_deployment_id_idx" ON "agent_reports"("org_id", "deployment_id");

-- CreateIndex
CREATE INDEX "approvals_state_expires_at_idx" ON "approvals"("state", "expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "approvals_org_id_id_key" ON "approvals"("org_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "approvals_org_id_deployment_id_key" ON "approvals"("org_id", "deployment_id");

-- CreateIndex
CREATE INDEX "audit_records_org_id_at_idx" ON "audit_records"("org_id", "at");

-- CreateIndex
CREATE INDEX "live_events_org_id_id_idx" ON "live_events"("org_id", "id");

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "org_members" ADD CONSTRAINT "org_members_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "organizations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "org_members" ADD CONSTRAINT "org_members_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "projects" ADD CONSTRAINT "projects_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "organizations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project_members" ADD CONSTRAINT "project_members_org_id_project_id_fkey" FOREIGN KEY ("org_id", "project_id") REFERENCES "projects"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project_members" ADD CONSTRAINT "project_members_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environments" ADD CONSTRAINT "environments_org_id_project_id_fkey" FOREIGN KEY ("org_id", "project_id") REFERENCES "projects"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "organizations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_org_id_project_id_fkey" FOREIGN KEY ("org_id", "project_id") REFERENCES "projects"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "signing_keys" ADD CONSTRAINT "signing_keys_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "organizations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "drafts" ADD CONSTRAINT "drafts_org_id_environment_id_fkey" FOREIGN KEY ("org_id", "environment_id") REFERENCES "environments"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "versions" ADD CONSTRAINT "versions_org_id_environment_id_fkey" FOREIGN KEY ("org_id", "environment_id") REFERENCES "environments"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "config_bundles" ADD CONSTRAINT "config_bundles_org_id_environment_id_fkey" FOREIGN KEY ("org_id", "environment_id") REFERENCES "environments"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "config_bundles" ADD CONSTRAINT "config_bundles_org_id_version_id_fkey" FOREIGN KEY ("org_id", "version_id") REFERENCES "versions"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agents" ADD CONSTRAINT "agents_org_id_environment_id_fkey" FOREIGN KEY ("org_id", "environment_id") REFERENCES "environments"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "enrollment_tokens" ADD CONSTRAINT "enrollment_tokens_org_id_environment_id_fkey" FOREIGN KEY ("org_id", "environment_id") REFERENCES "environments"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "slots" ADD CONSTRAINT "slots_org_id_environment_id_fkey" FOREIGN KEY ("org_id", "environment_id") REFERENCES "environments"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_org_id_environment_id_fkey" FOREIGN KEY ("org_id", "environment_id") REFERENCES "environments"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_org_id_version_id_fkey" FOREIGN KEY ("org_id", "version_id") REFERENCES "versions"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_org_id_bundle_id_fkey" FOREIGN KEY ("org_id", "bundle_id") REFERENCES "config_bundles"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment_transitions" ADD CONSTRAINT "deployment_transitions_org_id_deployment_id_fkey" FOREIGN KEY ("org_id", "deployment_id") REFERENCES "deployments"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment_agents" ADD CONSTRAINT "deployment_agents_org_id_deployment_id_fkey" FOREIGN KEY ("org_id", "deployment_id") REFERENCES "deployments"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment_agents" ADD CONSTRAINT "deployment_agents_org_id_agent_id_fkey" FOREIGN KEY ("org_id", "agent_id") REFERENCES "agents"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_reports" ADD CONSTRAINT "agent_reports_org_id_deployment_id_agent_id_fkey" FOREIGN KEY ("org_id", "deployment_id", "agent_id") REFERENCES "deployment_agents"("org_id", "deployment_id", "agent_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_org_id_environment_id_fkey" FOREIGN KEY ("org_id", "environment_id") REFERENCES "environments"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_org_id_deployment_id_fkey" FOREIGN KEY ("org_id", "deployment_id") REFERENCES "deployments"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "live_events" ADD CONSTRAINT "live_events_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "organizations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- ── What the schema language can't say ─────────────────────────────────────────────────────────

-- A version never changes.
CREATE FUNCTION byteor_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% rows are immutable', TG_TABLE_NAME;
END $$;

CREATE TRIGGER versions_immutable BEFORE UPDATE ON "versions"
  FOR EACH ROW EXECUTE FUNCTION byteor_refuse_change();

-- Audit records are append-only.
CREATE TRIGGER audit_records_append_only BEFORE UPDATE OR DELETE ON "audit_records"
  FOR EACH ROW EXECUTE FUNCTION byteor_refuse_change();
CREATE TRIGGER audit_records_not_truncated BEFORE TRUNCATE ON "audit_records"
  FOR EACH STATEMENT EXECUTE FUNCTION byteor_refuse_change();

-- A config bundle is immutable from its first deployment on.
CREATE TRIGGER config_bundles_frozen BEFORE UPDATE ON "config_bundles"
  FOR EACH ROW WHEN (OLD."frozen_at" IS NOT NULL) EXECUTE FUNCTION byteor_refuse_change();

-- No approved digest can change: what a deployment is stays as it was requested.
CREATE TRIGGER deployments_keep_statement BEFORE UPDATE ON "deployments"
  FOR EACH ROW WHEN (
    OLD."digest" IS DISTINCT FROM NEW."digest"
    OR OLD."statement_text" IS DISTINCT FROM NEW."statement_text"
    OR OLD."version_id" IS DISTINCT FROM NEW."version_id"
    OR OLD."bundle_id" IS DISTINCT FROM NEW."bundle_id"
    OR OLD."spec_hash" IS DISTINCT FROM NEW."spec_hash"
    OR OLD."config_digest" IS DISTINCT FROM NEW."config_digest"
    OR OLD."slot" IS DISTINCT FROM NEW."slot"
    OR OLD."environment_id" IS DISTINCT FROM NEW."environment_id"
  ) EXECUTE FUNCTION byteor_refuse_change();

CREATE TRIGGER approvals_keep_digest BEFORE UPDATE ON "approvals"
  FOR EACH ROW WHEN (
    OLD."digest" IS DISTINCT FROM NEW."digest"
    OR OLD."deployment_id" IS DISTINCT FROM NEW."deployment_id"
    OR OLD."spec_hash" IS DISTINCT FROM NEW."spec_hash"
    OR (OLD."credential" IS NOT NULL AND OLD."credential" IS DISTINCT FROM NEW."credential")
  ) EXECUTE FUNCTION byteor_refuse_change();
