/**
 * Ed25519 keys of organizations. Private halves leave this module only as signatures; at rest they
 * are sealed with AES-256-GCM under a key that lies outside the database.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  keySet,
  type KeyPurpose,
  type KeySet,
  type KeyState,
} from '../domain/credentials/key-set.ts';
import { uuidv7 } from '../ids/uuid.ts';
import type { Db } from './database.ts';

interface Signature {
  kid: string;
  bytes: Uint8Array;
}

export interface Signer {
  /** Makes the organization's keys, one per purpose, unless they are there. */
  ensureKeys(db: Db, orgId: string, now: Date): Promise<void>;
  /** The id of the key that `sign` will use: signed payloads carry it. */
  activeKid(db: Db, orgId: string, purpose: KeyPurpose): Promise<string>;
  sign(db: Db, orgId: string, kid: string, bytes: Uint8Array): Promise<Signature>;
  keySet(db: Db, orgId: string): Promise<KeySet>;
}

/** The sealing key: given, or a file of 32 random bytes that only its owner may read. */
export function readKeyEncryptionKey(given: string | null, dataDir: string): Buffer {
  if (given) {
    const key = /^[0-9a-f]{64}$/i.test(given)
      ? Buffer.from(given, 'hex')
      : Buffer.from(given, 'base64');
    if (key.length !== 32) {
      throw new Error(
        'BYTEOR_CLOUD_KEY_ENCRYPTION_KEY has to be 32 bytes, as 64 hex digits or base64',
      );
    }
    return key;
  }
  const path = join(dataDir, 'key-encryption.key');
  try {
    // Whole before it has its name: another process may start on this folder at the same time.
    const fresh = `${path}.${process.pid}.new`;
    const descriptor = openSync(fresh, 'w', 0o600);
    writeSync(descriptor, randomBytes(32));
    fsyncSync(descriptor);
    closeSync(descriptor);
    try {
      linkSync(fresh, path);
    } finally {
      unlinkSync(fresh);
    }
  } catch (error) {
    if (!(error instanceof Error && (error as NodeJS.ErrnoException).code === 'EEXIST'))
      throw error;
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by others: run chmod 600 on it`);
  }
  const key = readFileSync(path);
  if (key.length !== 32) {
    throw new Error(
      `${path} is damaged: restore it from a backup, the private keys can't be opened without it`,
    );
  }
  return key;
}

function seal(key: Buffer, plain: Buffer, context: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return `v1.${Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url')}`;
}

function unseal(key: Buffer, sealed: string, context: string): Buffer {
  if (!sealed.startsWith('v1.')) throw new Error('unknown form of a sealed private key');
  const bytes = Buffer.from(sealed.slice(3), 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
}

/** Ties a sealed key to its row: moved to another organization or id, it doesn't open. */
const sealContext = (orgId: string, kid: string) => `byteor-signing-key:${orgId}:${kid}`;

export function sealedSigner(keyEncryptionKey: Buffer): Signer {
  return {
    async ensureKeys(db, orgId, now) {
      for (const purpose of ['approval', 'manifest'] as const) {
        const known = await db.signingKey.findFirst({ where: { orgId, purpose, state: 'active' } });
        if (known) continue;
        const { publicKey, privateKey } = generateKeyPairSync('ed25519');
        const jwk = publicKey.export({ format: 'jwk' });
        const id = uuidv7();
        const kid = `${purpose}-${id.slice(-12)}`;
        await db.signingKey.create({
          data: {
            id,
            orgId,
            kid,
            purpose,
            state: 'active',
            publicKey: jwk.x ?? '',
            sealedPrivateKey: seal(
              keyEncryptionKey,
              privateKey.export({ format: 'der', type: 'pkcs8' }),
              sealContext(orgId, kid),
            ),
            createdAt: now,
          },
        });
      }
    },
    async activeKid(db, orgId, purpose) {
      const row = await db.signingKey.findFirstOrThrow({
        where: { orgId, purpose, state: 'active' },
        orderBy: { createdAt: 'desc' },
      });
      return row.kid;
    },
    async sign(db, orgId, kid, bytes) {
      const row = await db.signingKey.findUniqueOrThrow({ where: { orgId_kid: { orgId, kid } } });
      if (row.state !== 'active') throw new Error(`signing key ${kid} is ${row.state}`);
      const der = unseal(keyEncryptionKey, row.sealedPrivateKey, sealContext(orgId, kid));
      const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
      return { kid, bytes: sign(null, bytes, key) };
    },
    async keySet(db, orgId) {
      const rows = await db.signingKey.findMany({ where: { orgId }, orderBy: { kid: 'asc' } });
      return keySet(
        orgId,
        rows.map((row) => ({
          kid: row.kid,
          purpose: row.purpose as KeyPurpose,
          publicKey: row.publicKey,
          state: row.state as KeyState,
        })),
      );
    },
  };
}

/** Checks a signature under a raw public key; for tests and for what we read back. */
export function verifyEd25519(
  publicKey: string,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  return verify(null, bytes, key, signature);
}
