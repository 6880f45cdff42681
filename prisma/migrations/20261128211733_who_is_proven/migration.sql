-- Sessions of before were stored as they were, and nobody knows whose link opened them: they end.
DELETE FROM "sessions";

-- CreateEnum
CREATE TYPE "session_method" AS ENUM ('host_link', 'page_link', 'invitation');

-- DropForeignKey
ALTER TABLE "accounts" DROP CONSTRAINT "accounts_user_id_fkey";

-- DropIndex
DROP INDEX "sessions_token_key";

-- AlterTable
ALTER TABLE "approvals" ADD COLUMN     "decided_method" "session_method",
ADD COLUMN     "decided_shown_to" UUID[],
ADD COLUMN     "requested_method" "session_method",
ADD COLUMN     "requested_shown_to" UUID[];

-- AlterTable
ALTER TABLE "invitations" ADD COLUMN     "shown_to" UUID[];

-- AlterTable
ALTER TABLE "sessions" DROP COLUMN "ip_address",
DROP COLUMN "token",
DROP COLUMN "updated_at",
DROP COLUMN "user_agent",
ADD COLUMN     "method" "session_method" NOT NULL,
ADD COLUMN     "org_ids" UUID[],
ADD COLUMN     "renewed_at" TIMESTAMPTZ(3) NOT NULL,
ADD COLUMN     "shown_to" UUID[],
ADD COLUMN     "token_hash" TEXT NOT NULL,
ALTER COLUMN "created_at" DROP DEFAULT;

-- AlterTable
ALTER TABLE "users" DROP COLUMN "image",
ADD COLUMN     "let_in_by" UUID;

-- DropTable
DROP TABLE "accounts";

-- DropTable
DROP TABLE "verifications";

-- CreateTable
CREATE TABLE "sign_in_links" (
    "id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "method" "session_method" NOT NULL,
    "issued_by" UUID,
    "shown_to" UUID[],
    "of_start" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "sign_in_links_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "sign_in_links_token_hash_key" ON "sign_in_links"("token_hash");

-- CreateIndex
CREATE INDEX "sign_in_links_user_id_idx" ON "sign_in_links"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_token_hash_key" ON "sessions"("token_hash");

-- CreateIndex
CREATE INDEX "sessions_expires_at_idx" ON "sessions"("expires_at");

-- AddForeignKey
ALTER TABLE "sign_in_links" ADD CONSTRAINT "sign_in_links_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Rows of before: who was shown an invitation is its maker; nobody was proven by accepting one.
UPDATE "invitations" SET "shown_to" = ARRAY["created_by"];
UPDATE "approvals" SET "requested_shown_to" = '{}', "decided_shown_to" = '{}';
UPDATE "users" SET "email_verified" = false;
UPDATE "users" u SET "let_in_by" = (
  SELECT i."created_by" FROM "invitations" i
  WHERE i."accepted_by" = u."id" ORDER BY i."accepted_at" LIMIT 1
);

-- An address is one account, however it is written.
UPDATE "users" SET "email" = lower("email");
ALTER TABLE "users" ADD CONSTRAINT "users_email_lower_case" CHECK ("email" = lower("email"));

-- A session bears for its whole life by whom its link was issued.
CREATE TRIGGER sessions_keep_origin BEFORE UPDATE ON "sessions"
  FOR EACH ROW WHEN (
    OLD."user_id" IS DISTINCT FROM NEW."user_id"
    OR OLD."method" IS DISTINCT FROM NEW."method"
    OR OLD."shown_to" IS DISTINCT FROM NEW."shown_to"
    OR OLD."token_hash" IS DISTINCT FROM NEW."token_hash"
  ) EXECUTE FUNCTION byteor_refuse_change();

-- What an approval says of requester and reviewer stays.
CREATE TRIGGER approvals_keep_persons BEFORE UPDATE ON "approvals"
  FOR EACH ROW WHEN (
    OLD."requested_method" IS DISTINCT FROM NEW."requested_method"
    OR OLD."requested_shown_to" IS DISTINCT FROM NEW."requested_shown_to"
    OR (OLD."state" <> 'pending' AND (
      OLD."decided_method" IS DISTINCT FROM NEW."decided_method"
      OR OLD."decided_shown_to" IS DISTINCT FROM NEW."decided_shown_to"))
  ) EXECUTE FUNCTION byteor_refuse_change();
