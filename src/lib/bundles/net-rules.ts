/**
 * An early word on addresses that no agent may reach. Only what is sure without looking a name up is said;
 * the agent decides, by the addresses that a name has when it connects.
 */
export interface AgentRules {
  name: string;
  /** Null where the agent doesn't say. */
  allowedNet: readonly string[] | null;
}

interface Place {
  host: string;
  /** Null where it is the usual one. */
  port: number | null;
}

/** `HOST:PORT`, a version 6 address in brackets; undefined while it is none. */
function placeOf(written: string): Place | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([^:/?[\]\s]+))(?::(\d{1,5}))?$/i.exec(written);
  const host = found?.[1] ?? found?.[2];
  if (host === undefined) return undefined;
  return { host: host.toLowerCase(), port: found?.[3] ? Number(found[3]) : null };
}

/** The places that a value names: of a URL its authority, of a list of servers each. */
export function placesIn(written: string): Place[] {
  const [, authority] = /^[a-z]+:\/\/([^/?]*)/i.exec(written) ?? [];
  const all = authority === undefined ? written.split(',') : [authority];
  return all.flatMap((one) => placeOf(one) ?? []);
}

const octets = (address: string): number[] | undefined => {
  const parts = /^\d{1,3}(\.\d{1,3}){3}$/.test(address) ? address.split('.').map(Number) : [];
  return parts.length === 4 && parts.every((part) => part < 256) ? parts : undefined;
};
const bitsOf = (parts: readonly number[]): string =>
  parts.map((part) => part.toString(2).padStart(8, '0')).join('');

/** Whether a rule of `--allow-net`, as an agent writes it, may allow the place. */
function mayAllow(rule: string, { host, port }: Place): boolean {
  const found = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(rule);
  const named = found?.[1] ?? found?.[2];
  if (named === undefined) return true;
  if (found?.[3] !== undefined && port !== null && Number(found[3]) !== port) return false;
  const [range = '', bits] = named.split('/');
  const [from, to] = [octets(range), octets(host)];
  const isAddress = from !== undefined || range.includes(':');
  if (!isAddress) return range.toLowerCase() === host;
  // What a name resolves to on the host nobody here knows.
  if (to === undefined && !host.includes(':')) return true;
  if (from === undefined || to === undefined) return from === undefined && to === undefined;
  const length = Number(bits ?? 32);
  return bitsOf(from).slice(0, length) === bitsOf(to).slice(0, length);
}

/** Why no agent can reach what a value names; undefined where one may, or none says what it allows. */
export function netProblem(written: string, agents: readonly AgentRules[]): string | undefined {
  const telling = agents.flatMap(({ allowedNet }) => (allowedNet === null ? [] : [allowedNet]));
  if (telling.length === 0) return undefined;
  const beyond = placesIn(written).find(
    (place) => !telling.some((rules) => rules.some((rule) => mayAllow(rule, place))),
  );
  if (beyond === undefined) return undefined;
  const rules = [...new Set(telling.flat())];
  const allowed = rules.length === 0 ? 'no address at all' : `only ${rules.join(', ')}`;
  return `The agents here may reach ${allowed}. Have the host’s owner allow ${beyond.host} with --allow-net, or name another one.`;
}
