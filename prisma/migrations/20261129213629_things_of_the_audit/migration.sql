-- CreateIndex
CREATE INDEX "audit_records_org_id_resource_id_id_idx" ON "audit_records"("org_id", "resource_id", "id");
