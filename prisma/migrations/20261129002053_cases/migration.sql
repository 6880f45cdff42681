-- AlterTable
ALTER TABLE "drafts" ADD COLUMN     "cases" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "samples" JSONB NOT NULL DEFAULT '{}';

-- AlterTable
ALTER TABLE "versions" ADD COLUMN     "cases" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "page_cases" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "samples" JSONB NOT NULL DEFAULT '{}';

-- CreateTable
CREATE TABLE "case_runs" (
    "version_id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "outcomes" JSONB NOT NULL,
    "ran_at" TIMESTAMPTZ(3) NOT NULL,
    "took_ms" INTEGER NOT NULL,

    CONSTRAINT "case_runs_pkey" PRIMARY KEY ("version_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "case_runs_org_id_version_id_key" ON "case_runs"("org_id", "version_id");

-- AddForeignKey
ALTER TABLE "case_runs" ADD CONSTRAINT "case_runs_org_id_version_id_fkey" FOREIGN KEY ("org_id", "version_id") REFERENCES "versions"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TRIGGER case_runs_immutable BEFORE UPDATE ON "case_runs"
  FOR EACH ROW EXECUTE FUNCTION byteor_refuse_change();
