/** What the process reads from its environment, once, at start (reference `cloud.md` section 8). */
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';

type ProcessMode = 'api' | 'worker' | 'combined';

export interface BindAddress {
  host: string;
  port: number;
}

export interface Config {
  mode: ProcessMode;
  dev: boolean;
  dataDir: string;
  /** null: nothing was asked for, so another free port will do. */
  apiBind: BindAddress | null;
  workerBind: BindAddress | null;
  publicBaseUrl: string | null;
  /** Addresses and networks whose `X-Forwarded-For` counts; none at first. */
  trustedProxies: string[];
  /** null: the embedded database in the data folder. */
  databaseUrl: string | null;
  databaseSchema: string;
  keyEncryptionKey: string | null;
  /** Where deploy bundles lie; shared by all processes. */
  objectFolder: string;
  /** In `prod`, two people decide who are both proven; else that they aren't is only said. */
  provenRequired: boolean;
  /** Build and run agents on this machine (embedded installs only). */
  localAgents: boolean;
  /** Where the built page stands. */
  pageFolder: string;
  /** Browsers keep the page, to open it while this server is away. */
  offlinePages: boolean;
  logLevel: string;
  logFile: string | null;
}

/** A setting that can't be used; the message says which and how it should look. */
export class ConfigError extends Error {}

export const DEFAULT_PORT = 8080;
export const DEFAULT_WORKER_PORT = 8081;

/** `host:port`, with brackets around an IPv6 host. */
export function parseBind(name: string, value: string): BindAddress {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(value.trim());
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new ConfigError(
      `${name}=${value} is no address: write HOST:PORT, for example 127.0.0.1:8080`,
    );
  }
  return { host: match[1] ?? match[2] ?? '', port };
}

/** Addresses, or networks as `ADDRESS/BITS`, between commas. */
function parseProxies(name: string, value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => {
      const [address = '', bits, ...more] = part.split('/');
      const kind = isIP(address);
      const width = kind === 6 ? 128 : 32;
      const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= width);
      if (!kind || !fits || more.length > 0) {
        throw new ConfigError(
          `${name}: ${part} is no address and no network: write for example 10.0.0.7 or 10.0.0.0/24`,
        );
      }
      // Everybody could say then where they come from.
      if (bits !== undefined && Number(bits) === 0) {
        throw new ConfigError(`${name}: ${part} trusts every address`);
      }
      return part;
    });
}

export function readConfig(env: NodeJS.ProcessEnv, args: readonly string[]): Config {
  const setting = (name: string): string | null => env[name]?.trim() || null;
  const bind = (name: string): BindAddress | null => {
    const own = setting(name);
    const shared = setting('BYTEOR_CLOUD_BIND_ADDR');
    if (own) return parseBind(name, own);
    return shared ? parseBind('BYTEOR_CLOUD_BIND_ADDR', shared) : null;
  };

  const mode = setting('BYTEOR_CLOUD_DEPLOYMENT_MODE') ?? 'combined';
  if (mode !== 'api' && mode !== 'worker' && mode !== 'combined') {
    throw new ConfigError(`BYTEOR_CLOUD_DEPLOYMENT_MODE=${mode}: choose api, worker or combined`);
  }
  const databaseUrl = setting('BYTEOR_CLOUD_DATABASE_URL');
  if (databaseUrl && !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new ConfigError(
      'BYTEOR_CLOUD_DATABASE_URL has to start with postgres:// or postgresql://',
    );
  }
  if (mode !== 'combined' && !databaseUrl) {
    throw new ConfigError(
      `BYTEOR_CLOUD_DEPLOYMENT_MODE=${mode} needs BYTEOR_CLOUD_DATABASE_URL: the embedded database has one owner`,
    );
  }
  const dataDir = resolve(setting('BYTEOR_DATA_DIR') ?? join(import.meta.dirname, '..', '.byteor'));
  const keyEncryptionKey = setting('BYTEOR_CLOUD_KEY_ENCRYPTION_KEY');
  const objectFolder = setting('BYTEOR_CLOUD_OBJECT_FOLDER');
  if (mode !== 'combined' && !(keyEncryptionKey && objectFolder)) {
    throw new ConfigError(
      `BYTEOR_CLOUD_DEPLOYMENT_MODE=${mode} needs BYTEOR_CLOUD_KEY_ENCRYPTION_KEY and BYTEOR_CLOUD_OBJECT_FOLDER, the same for every process: what one signs and stores, the others read`,
    );
  }
  const databaseSchema = setting('BYTEOR_CLOUD_DATABASE_SCHEMA') ?? 'public';
  if (!/^[a-z_][a-z0-9_]{0,40}$/.test(databaseSchema)) {
    throw new ConfigError('BYTEOR_CLOUD_DATABASE_SCHEMA has to be a lower-case PostgreSQL name');
  }
  const publicBaseUrl =
    setting('BYTEOR_CLOUD_API_PUBLIC_BASE_URL') ?? setting('BYTEOR_CLOUD_PUBLIC_BASE_URL');
  if (publicBaseUrl && !URL.canParse(publicBaseUrl)) {
    throw new ConfigError('BYTEOR_CLOUD_API_PUBLIC_BASE_URL is no URL');
  }

  return {
    mode,
    dev: args.includes('--dev'),
    dataDir,
    apiBind: bind('BYTEOR_CLOUD_API_BIND_ADDR'),
    workerBind: bind('BYTEOR_CLOUD_WORKER_BIND_ADDR'),
    publicBaseUrl: publicBaseUrl ? new URL(publicBaseUrl).origin : null,
    trustedProxies: parseProxies(
      'BYTEOR_CLOUD_TRUSTED_PROXIES',
      setting('BYTEOR_CLOUD_TRUSTED_PROXIES') ?? '',
    ),
    databaseUrl,
    databaseSchema,
    keyEncryptionKey,
    objectFolder: resolve(objectFolder ?? join(dataDir, 'objects')),
    provenRequired: setting('BYTEOR_CLOUD_REQUIRE_PROVEN_PEOPLE') === 'true',
    localAgents: setting('BYTEOR_CLOUD_LOCAL_AGENTS') !== 'false',
    pageFolder: resolve(
      setting('BYTEOR_CLOUD_PAGE_FOLDER') ?? join(import.meta.dirname, '..', 'build'),
    ),
    offlinePages: setting('BYTEOR_CLOUD_OFFLINE_PAGES') !== 'false',
    logLevel: setting('BYTEOR_LOG_LEVEL') ?? 'info',
    logFile: setting('BYTEOR_LOG_FILE'),
  };
}
