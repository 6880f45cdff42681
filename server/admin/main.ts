/**
 * `npm run -s admin -- sign-in-link ADDRESS`: asks the running server over the socket in its data
 * folder; where none runs on this host, the database, if one is configured. Exit codes: 0 done,
 * 1 refused, 2 used wrongly, 69 nothing there to ask.
 */
import { existsSync } from 'node:fs';
import { ConfigError, DEFAULT_PORT, readConfig, type Config } from '../config.ts';
import { ByteorError, errorBody } from '../errors.ts';
import { answerOf, askAdminSocket, type AdminAnswer } from './socket.ts';

const USAGE = `usage: npm run -s admin -- sign-in-link ADDRESS

Issues a link that signs the person with this address in, once, within an hour. Hand it to that
person alone: it proves who opens it. Every link is in the audit.
`;

async function askDatabase(config: Config, url: string, input: unknown): Promise<AdminAnswer> {
  const { openDatabase } = await import('../providers/database.ts');
  const { systemClock } = await import('../providers/clock.ts');
  const { issueHostLink } = await import('../session/host-links.ts');
  const database = await openDatabase({ kind: 'postgres', url, schema: config.databaseSchema });
  const { host, port } = config.apiBind ?? { host: '127.0.0.1', port: DEFAULT_PORT };
  const shown = host === '0.0.0.0' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  const baseUrl = config.publicBaseUrl ?? `http://${shown}:${port}`;
  try {
    return answerOf(await issueHostLink({ database, clock: systemClock, baseUrl }, input));
  } catch (error) {
    if (error instanceof ByteorError) return { error: errorBody(error) };
    throw error;
  } finally {
    await database.close();
  }
}

async function main(): Promise<number> {
  const [verb, address, ...rest] = process.argv.slice(2);
  if (verb !== 'sign-in-link' || !address || rest.length > 0) {
    process.stderr.write(USAGE);
    return 2;
  }
  const config = readConfig(process.env, []);
  const input = { address };
  let answer = existsSync(config.dataDir) ? await askAdminSocket(config.dataDir, input) : null;
  if (!answer && config.databaseUrl) answer = await askDatabase(config, config.databaseUrl, input);
  if (!answer) {
    process.stderr.write(
      `No server runs on ${config.dataDir}: start it with npm start, or name its folder with BYTEOR_DATA_DIR.\n`,
    );
    return 69;
  }
  if ('error' in answer) {
    const { code, message, help } = answer.error;
    process.stderr.write(`${message}${help ? ` ${help}` : ''} (${code})\n`);
    return 1;
  }
  process.stdout.write(`${answer.link}\n`);
  process.stderr.write(
    `Signs ${answer.person.name} <${answer.person.email}> in, once, until ${answer.expiresAt}.\n`,
  );
  return 0;
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError || !(error instanceof Error) ? String(error) : (error.stack ?? error.message)}\n`,
  );
  process.exit(error instanceof ConfigError ? 2 : 1);
}
