-- AlterTable
ALTER TABLE "config_bundles" ADD COLUMN     "writers" UUID[] DEFAULT ARRAY[]::UUID[];

-- AlterTable
ALTER TABLE "drafts" ADD COLUMN     "writers" UUID[] DEFAULT ARRAY[]::UUID[];

-- AlterTable
ALTER TABLE "versions" ADD COLUMN     "writers" UUID[] DEFAULT ARRAY[]::UUID[];

-- What is known of drafts that are there: who began each, and who saved it last. Versions are never
-- written again, and bundles that were deployed neither.
UPDATE "drafts" SET "writers" = ARRAY(SELECT DISTINCT unnest(ARRAY["created_by", "updated_by"]));
