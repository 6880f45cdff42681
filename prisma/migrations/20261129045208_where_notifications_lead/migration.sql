-- AlterTable
ALTER TABLE "notifications" ADD COLUMN     "base_version_id" UUID;

-- CreateIndex
CREATE INDEX "notifications_org_id_deployment_id_idx" ON "notifications"("org_id", "deployment_id");
