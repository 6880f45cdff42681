-- CreateEnum
CREATE TYPE "break_glass_verdict" AS ENUM ('justified', 'unjustified');

-- AlterTable
ALTER TABLE "agents" ADD COLUMN     "statement_versions" INTEGER[] DEFAULT ARRAY[1]::INTEGER[];

-- AlterTable
ALTER TABLE "approvals" ADD COLUMN     "break_glass" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "break_glass_reason" TEXT,
ADD COLUMN     "review_comment" TEXT,
ADD COLUMN     "review_verdict" "break_glass_verdict",
ADD COLUMN     "reviewed_at" TIMESTAMPTZ(3),
ADD COLUMN     "reviewed_by" UUID,
ADD COLUMN     "revoked_by" UUID;

-- AlterTable
ALTER TABLE "environments" ADD COLUMN     "approver_roles" "role"[] DEFAULT ARRAY[]::"role"[],
ADD COLUMN     "approver_users" UUID[] DEFAULT ARRAY[]::UUID[],
ADD COLUMN     "break_glass_allowed" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "break_glass_allowed_by" UUID,
ADD COLUMN     "quorum" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "rollout_first" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "rollout_pause_seconds" INTEGER NOT NULL DEFAULT 30,
ADD COLUMN     "rollout_step" INTEGER;

-- CreateTable
CREATE TABLE "approval_yeses" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "approval_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "user_name" TEXT NOT NULL,
    "role" "role" NOT NULL,
    "method" "session_method" NOT NULL,
    "shown_to" UUID[],
    "at" TIMESTAMPTZ(3) NOT NULL,
    "comment" TEXT,
    "taken_back_at" TIMESTAMPTZ(3),
    "taken_back_reason" TEXT,

    CONSTRAINT "approval_yeses_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "approval_yeses_org_id_approval_id_at_idx" ON "approval_yeses"("org_id", "approval_id", "at");

-- CreateIndex
CREATE UNIQUE INDEX "approval_yeses_org_id_id_key" ON "approval_yeses"("org_id", "id");

-- CreateIndex
CREATE INDEX "approvals_org_id_carried_from_idx" ON "approvals"("org_id", "carried_from");

-- CreateIndex
CREATE INDEX "approvals_org_id_environment_id_digest_idx" ON "approvals"("org_id", "environment_id", "digest");

-- AddForeignKey
ALTER TABLE "approval_yeses" ADD CONSTRAINT "approval_yeses_org_id_approval_id_fkey" FOREIGN KEY ("org_id", "approval_id") REFERENCES "approvals"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What the schema's language can't say.

ALTER TABLE "environments"
  ADD CONSTRAINT "environments_quorum" CHECK ("quorum" BETWEEN 1 AND 5),
  ADD CONSTRAINT "environments_rollout" CHECK (
    "rollout_first" BETWEEN 1 AND 64
    AND ("rollout_step" IS NULL OR "rollout_step" BETWEEN 1 AND 64)
    AND "rollout_pause_seconds" BETWEEN 0 AND 86400
  );

-- Who broke the glass said why.
ALTER TABLE "approvals"
  ADD CONSTRAINT "approvals_break_glass_reason"
  CHECK (NOT "break_glass" OR length("break_glass_reason") > 0);

-- A person counts once.
CREATE UNIQUE INDEX "approval_yeses_one_a_person"
  ON "approval_yeses" ("org_id", "approval_id", "user_id") WHERE "taken_back_at" IS NULL;

-- A yes stays as it was given; it can only be taken back, once.
CREATE TRIGGER approval_yeses_stay BEFORE UPDATE ON "approval_yeses"
  FOR EACH ROW WHEN (
    OLD."taken_back_at" IS NOT NULL
    OR OLD."approval_id" IS DISTINCT FROM NEW."approval_id"
    OR OLD."user_id" IS DISTINCT FROM NEW."user_id"
    OR OLD."role" IS DISTINCT FROM NEW."role"
    OR OLD."method" IS DISTINCT FROM NEW."method"
    OR OLD."shown_to" IS DISTINCT FROM NEW."shown_to"
    OR OLD."at" IS DISTINCT FROM NEW."at"
  ) EXECUTE FUNCTION byteor_refuse_change();

-- The mark of a broken glass and its reason stay for ever, and it is reviewed once.
CREATE TRIGGER approvals_keep_marks BEFORE UPDATE ON "approvals"
  FOR EACH ROW WHEN (
    (OLD."break_glass" AND NOT NEW."break_glass")
    OR (OLD."break_glass" AND OLD."break_glass_reason" IS DISTINCT FROM NEW."break_glass_reason")
    OR (OLD."self_approved" AND NOT NEW."self_approved")
    OR (OLD."reviewed_at" IS NOT NULL AND (
      OLD."reviewed_at" IS DISTINCT FROM NEW."reviewed_at"
      OR OLD."reviewed_by" IS DISTINCT FROM NEW."reviewed_by"
      OR OLD."review_verdict" IS DISTINCT FROM NEW."review_verdict"
      OR OLD."review_comment" IS DISTINCT FROM NEW."review_comment"
    ))
    OR (OLD."carried_from" IS NOT NULL AND OLD."carried_from" IS DISTINCT FROM NEW."carried_from")
  ) EXECUTE FUNCTION byteor_refuse_change();
