/** A byte-identical tar for the same members: sorted names, fixed mode, owner and time (CL-12). */
import { pack } from 'tar-stream';
import { buffer } from 'node:stream/consumers';

export interface Member {
  name: string;
  bytes: Uint8Array;
}

export async function tarOf(members: readonly Member[]): Promise<Buffer> {
  const archive = pack();
  const collected = buffer(archive);
  for (const { name, bytes } of [...members].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    archive.entry(
      {
        name,
        type: 'file',
        mode: 0o644,
        uid: 0,
        gid: 0,
        uname: '',
        gname: '',
        mtime: new Date(0),
        size: bytes.length,
      },
      Buffer.from(bytes),
    );
  }
  archive.finalize();
  return collected;
}
