import { describe, expect, it } from 'vitest';
import { ConfigError, parseBind, readConfig } from './config.ts';

const url = 'postgres://localhost/byteor';
const shared = {
  BYTEOR_CLOUD_DATABASE_URL: url,
  BYTEOR_CLOUD_KEY_ENCRYPTION_KEY: '00'.repeat(32),
  BYTEOR_CLOUD_OBJECT_FOLDER: '/objects',
};

describe('the environment of the process', () => {
  it('has defaults for everything', () => {
    expect(readConfig({}, [])).toMatchObject({
      mode: 'combined',
      apiBind: null,
      databaseUrl: null,
    });
  });

  it('lets a specific address win over the shared one', () => {
    const config = readConfig(
      { BYTEOR_CLOUD_BIND_ADDR: '127.0.0.1:1', BYTEOR_CLOUD_API_BIND_ADDR: '[::1]:2' },
      [],
    );
    expect(config.apiBind).toEqual({ host: '::1', port: 2 });
    expect(config.workerBind).toEqual({ host: '127.0.0.1', port: 1 });
  });

  it('trusts no proxy, but those that are named', () => {
    expect(readConfig({}, []).trustedProxies).toEqual([]);
    const named = { BYTEOR_CLOUD_TRUSTED_PROXIES: '10.0.0.7, 10.1.0.0/16,fd00::/8' };
    expect(readConfig(named, []).trustedProxies).toEqual(['10.0.0.7', '10.1.0.0/16', 'fd00::/8']);
  });

  it.each([
    [{ BYTEOR_CLOUD_DEPLOYMENT_MODE: 'both' }, /api, worker or combined/],
    [{ BYTEOR_CLOUD_DEPLOYMENT_MODE: 'worker' }, /one owner/],
    [{ BYTEOR_CLOUD_DEPLOYMENT_MODE: 'api', BYTEOR_CLOUD_DATABASE_URL: url }, /OBJECT_FOLDER/],
    [{ BYTEOR_CLOUD_DATABASE_URL: 'mysql://x' }, /postgres/],
    [{ BYTEOR_CLOUD_DATABASE_SCHEMA: 'Robert"; DROP' }, /lower-case/],
    [{ BYTEOR_CLOUD_API_PUBLIC_BASE_URL: 'nowhere' }, /no URL/],
    [{ BYTEOR_CLOUD_TRUSTED_PROXIES: 'true' }, /true is no address/],
    [{ BYTEOR_CLOUD_TRUSTED_PROXIES: '10.0.0.1, 10.0.0.0/33' }, /10.0.0.0\/33 is no address/],
    [{ BYTEOR_CLOUD_TRUSTED_PROXIES: '0.0.0.0/0' }, /trusts every address/],
  ])('refuses %j', (env, message) => {
    expect(() => readConfig(env, [])).toThrow(ConfigError);
    expect(() => readConfig(env, [])).toThrow(message);
  });

  it('lets api and worker be apart with what they share', () => {
    expect(readConfig({ ...shared, BYTEOR_CLOUD_DEPLOYMENT_MODE: 'worker' }, []).mode).toBe(
      'worker',
    );
  });

  it.each(['8080', 'localhost', '127.0.0.1:99999', ':80', 'a b:80'])(
    'finds no address in %s',
    (text) => {
      expect(() => parseBind('X', text)).toThrow(ConfigError);
    },
  );
});
