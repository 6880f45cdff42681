/** Writes rows into the database of a folder for as long as it lives, telling each that was acknowledged. */
import { uuidv7 } from '../ids/uuid.ts';
import { openDatabase } from '../providers/database.ts';

const folder = process.argv[2];
if (!folder) throw new Error('no folder given');
const database = await openDatabase({ kind: 'embedded', folder });
for (;;) {
  const id = uuidv7();
  await database.transact(async (db) => {
    await db.organization.create({ data: { id, name: 'kept', createdAt: new Date() } });
    await db.auditRecord.create({
      data: {
        id,
        orgId: id,
        at: new Date(),
        actorKind: 'system',
        actorName: 'writer',
        action: 'organization.create',
        outcome: 'succeeded',
        resourceKind: 'organization',
        detail: {},
      },
    });
  });
  process.stdout.write(`${id}\n`);
}
