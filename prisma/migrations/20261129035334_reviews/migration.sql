-- CreateEnum
CREATE TYPE "review_verdict" AS ENUM ('fine', 'changes_wanted', 'comment');

-- CreateEnum
CREATE TYPE "review_side" AS ENUM ('from', 'to');

-- CreateEnum
CREATE TYPE "notification_kind" AS ENUM ('review_finished', 'mention', 'reply', 'approval_waits', 'approval_decided', 'deployment_failed', 'deployment_paused');

-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "live_topic" ADD VALUE 'review';
ALTER TYPE "live_topic" ADD VALUE 'notification';

-- AlterTable
ALTER TABLE "live_events" ADD COLUMN     "user_id" UUID;

-- CreateTable
CREATE TABLE "review_threads" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "lineage_id" UUID NOT NULL,
    "origin_id" UUID NOT NULL,
    "version_id" UUID NOT NULL,
    "base_version_id" UUID,
    "side" "review_side" NOT NULL,
    "anchor" TEXT NOT NULL,
    "line" INTEGER,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),
    "resolved_by" UUID,

    CONSTRAINT "review_threads_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "review_comments" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "thread_id" UUID NOT NULL,
    "author_id" UUID NOT NULL,
    "body" TEXT NOT NULL,
    "mentions" UUID[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "suggestion" TEXT,
    "suggestion_before" TEXT,
    "suggestion_start" INTEGER,
    "applied_at" TIMESTAMPTZ(3),
    "applied_by" UUID,
    "applied_revision" INTEGER,

    CONSTRAINT "review_comments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reviews" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "lineage_id" UUID NOT NULL,
    "origin_id" UUID NOT NULL,
    "version_id" UUID NOT NULL,
    "base_version_id" UUID,
    "user_id" UUID NOT NULL,
    "verdict" "review_verdict" NOT NULL,
    "body" TEXT NOT NULL,
    "viewed" INTEGER NOT NULL,
    "total" INTEGER NOT NULL,
    "is_author" BOOLEAN NOT NULL,
    "method" "session_method" NOT NULL,
    "shown_to" UUID[],
    "finished_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "reviews_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "viewed_marks" (
    "org_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "lineage_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "anchor" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "viewed_marks_pkey" PRIMARY KEY ("org_id","lineage_id","user_id","anchor","digest")
);

-- CreateTable
CREATE TABLE "notifications" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "kind" "notification_kind" NOT NULL,
    "subject" TEXT NOT NULL,
    "actor_id" UUID,
    "version_id" UUID,
    "thread_id" UUID,
    "approval_id" UUID,
    "deployment_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "read_at" TIMESTAMPTZ(3),

    CONSTRAINT "notifications_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "review_threads_org_id_lineage_id_created_at_idx" ON "review_threads"("org_id", "lineage_id", "created_at");

-- CreateIndex
CREATE INDEX "review_threads_org_id_version_id_idx" ON "review_threads"("org_id", "version_id");

-- CreateIndex
CREATE UNIQUE INDEX "review_threads_org_id_id_key" ON "review_threads"("org_id", "id");

-- CreateIndex
CREATE INDEX "review_comments_org_id_thread_id_created_at_idx" ON "review_comments"("org_id", "thread_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "review_comments_org_id_id_key" ON "review_comments"("org_id", "id");

-- CreateIndex
CREATE INDEX "reviews_org_id_lineage_id_finished_at_idx" ON "reviews"("org_id", "lineage_id", "finished_at");

-- CreateIndex
CREATE INDEX "reviews_org_id_version_id_idx" ON "reviews"("org_id", "version_id");

-- CreateIndex
CREATE UNIQUE INDEX "reviews_org_id_id_key" ON "reviews"("org_id", "id");

-- CreateIndex
CREATE INDEX "viewed_marks_user_id_idx" ON "viewed_marks"("user_id");

-- CreateIndex
CREATE INDEX "viewed_marks_org_id_environment_id_idx" ON "viewed_marks"("org_id", "environment_id");

-- CreateIndex
CREATE INDEX "notifications_user_id_id_idx" ON "notifications"("user_id", "id");

-- CreateIndex
CREATE INDEX "notifications_org_id_environment_id_idx" ON "notifications"("org_id", "environment_id");

-- CreateIndex
CREATE INDEX "notifications_org_id_approval_id_idx" ON "notifications"("org_id", "approval_id");

-- CreateIndex
CREATE UNIQUE INDEX "notifications_org_id_id_key" ON "notifications"("org_id", "id");

-- AddForeignKey
ALTER TABLE "review_threads" ADD CONSTRAINT "review_threads_org_id_version_id_fkey" FOREIGN KEY ("org_id", "version_id") REFERENCES "versions"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "review_comments" ADD CONSTRAINT "review_comments_org_id_thread_id_fkey" FOREIGN KEY ("org_id", "thread_id") REFERENCES "review_threads"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_org_id_version_id_fkey" FOREIGN KEY ("org_id", "version_id") REFERENCES "versions"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "viewed_marks" ADD CONSTRAINT "viewed_marks_org_id_environment_id_fkey" FOREIGN KEY ("org_id", "environment_id") REFERENCES "environments"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "viewed_marks" ADD CONSTRAINT "viewed_marks_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_org_id_environment_id_fkey" FOREIGN KEY ("org_id", "environment_id") REFERENCES "environments"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TRIGGER reviews_immutable BEFORE UPDATE ON "reviews"
  FOR EACH ROW EXECUTE FUNCTION byteor_refuse_change();
