-- AlterTable
ALTER TABLE "review_comments" ADD COLUMN     "edited_at" TIMESTAMPTZ(3),
ADD COLUMN     "removed_at" TIMESTAMPTZ(3);

-- What was removed is gone, and stays so.
ALTER TABLE "review_comments" ADD CONSTRAINT "review_comments_removed_is_empty"
  CHECK ("removed_at" IS NULL OR ("body" = '' AND "mentions" = '{}' AND ("suggestion" IS NULL OR "applied_at" IS NOT NULL)));
