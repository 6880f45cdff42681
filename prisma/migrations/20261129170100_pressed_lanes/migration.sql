-- AlterTable
ALTER TABLE "deployment_agents" ADD COLUMN     "pressed" JSONB;
