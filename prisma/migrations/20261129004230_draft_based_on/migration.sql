-- AlterTable
ALTER TABLE "drafts" ADD COLUMN     "based_on" UUID;

-- What the drafts of before are based on: the last version that was made from each.
UPDATE "drafts" SET "based_on" = (
  SELECT "versions"."id" FROM "versions"
  WHERE "versions"."org_id" = "drafts"."org_id" AND "versions"."draft_id" = "drafts"."id"
  ORDER BY "versions"."number" DESC LIMIT 1
);
