-- AlterTable
ALTER TABLE "config_bundles" ADD COLUMN     "number" INTEGER;

-- AlterTable
ALTER TABLE "environments" ADD COLUMN     "next_bundle_number" INTEGER NOT NULL DEFAULT 1;

-- Bundles of before are numbered in the order in which they were made. A number changes nothing of what
-- was frozen: neither the text nor its digest has it.
ALTER TABLE "config_bundles" DISABLE TRIGGER "config_bundles_frozen";
UPDATE "config_bundles" SET "number" = "counted"."number" FROM (
  SELECT "id", row_number() OVER (PARTITION BY "environment_id" ORDER BY "created_at", "id") AS "number"
  FROM "config_bundles"
) AS "counted" WHERE "counted"."id" = "config_bundles"."id";
ALTER TABLE "config_bundles" ENABLE TRIGGER "config_bundles_frozen";
UPDATE "environments" SET "next_bundle_number" = 1 + (
  SELECT count(*) FROM "config_bundles"
  WHERE "config_bundles"."environment_id" = "environments"."id"
);
ALTER TABLE "config_bundles" ALTER COLUMN "number" SET NOT NULL;

-- CreateTable
CREATE TABLE "record_minutes" (
    "org_id" UUID NOT NULL,
    "deployment_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "records_in" BIGINT NOT NULL,
    "rejected" BIGINT NOT NULL,
    "generation" TEXT NOT NULL,

    CONSTRAINT "record_minutes_pkey" PRIMARY KEY ("org_id","deployment_id","agent_id","at")
);

-- CreateIndex
CREATE UNIQUE INDEX "config_bundles_environment_id_number_key" ON "config_bundles"("environment_id", "number");

-- AddForeignKey
ALTER TABLE "record_minutes" ADD CONSTRAINT "record_minutes_org_id_deployment_id_agent_id_fkey" FOREIGN KEY ("org_id", "deployment_id", "agent_id") REFERENCES "deployment_agents"("org_id", "deployment_id", "agent_id") ON DELETE CASCADE ON UPDATE CASCADE;
