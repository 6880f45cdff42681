-- AlterTable
ALTER TABLE "agents" ADD COLUMN     "allowed_net" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "trial_versions" INTEGER[] DEFAULT ARRAY[]::INTEGER[];

-- AlterTable
ALTER TABLE "deployment_agents" ADD COLUMN     "adapters" JSONB;

-- CreateTable
CREATE TABLE "connection_trials" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "version_id" UUID NOT NULL,
    "config_digest" TEXT NOT NULL,
    "request" TEXT NOT NULL,
    "requested_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "answered_at" TIMESTAMPTZ(3),
    "report" JSONB,

    CONSTRAINT "connection_trials_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "connection_trials_org_id_agent_id_expires_at_idx" ON "connection_trials"("org_id", "agent_id", "expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "connection_trials_org_id_id_key" ON "connection_trials"("org_id", "id");

-- AddForeignKey
ALTER TABLE "connection_trials" ADD CONSTRAINT "connection_trials_org_id_agent_id_fkey" FOREIGN KEY ("org_id", "agent_id") REFERENCES "agents"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;
