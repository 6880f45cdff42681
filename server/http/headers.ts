/** Request headers as operations are given them, with the peer's address ours. */
import type { IncomingHttpHeaders } from 'node:http';

/** The header in which the server passes the peer's address; whatever a client sent is overwritten. */
const PEER_ADDRESS_HEADER = 'x-byteor-peer-address';

export function toHeaders(incoming: IncomingHttpHeaders, peer: string | undefined): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming)) {
    if (value === undefined || name.startsWith(':')) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  headers.delete(PEER_ADDRESS_HEADER);
  if (peer) headers.set(PEER_ADDRESS_HEADER, peer);
  return headers;
}
