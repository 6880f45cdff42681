// A WebSocket client of Node's, the other end of the adapter.
//   peer.mjs send URL FILE whole|numbered     sends the lines of FILE, connecting again until all are taken
//   peer.mjs take URL FILE whole|numbered     appends what comes to FILE, connecting again for ever
// Says `ready` first; `send` says at the end how many messages it sent.
import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [, , what, url, file, framing] = process.argv;
const numbered = framing === 'numbered';
const open = () => {
  const socket = numbered ? new WebSocket(url, 'byteor.numbered.v1') : new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  return socket;
};
console.log('ready');
if (what === 'send') await send();
else await take();

async function send() {
  const records = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  let taken = 0;
  let sent = 0;
  while (taken < records.length) {
    await new Promise((ended) => {
      const socket = open();
      let next = taken;
      const more = () => {
        while (next < records.length && (!numbered || next < taken + 64)) {
          const record = Buffer.from(records[next]);
          next += 1;
          sent += 1;
          if (!numbered) {
            socket.send(record.toString());
            continue;
          }
          const message = Buffer.alloc(12 + record.length);
          message.writeBigUInt64BE(BigInt(next));
          message.writeUInt32BE(record.length, 8);
          record.copy(message, 12);
          socket.send(message);
        }
        if (!numbered) {
          taken = next;
          socket.close();
        }
      };
      socket.onopen = () => {
        if (numbered) socket.send('0123456789abcdef');
        more();
      };
      socket.onmessage = ({ data }) => {
        taken = Number(Buffer.from(data).readBigUInt64BE());
        if (taken === records.length) socket.close();
        else more();
      };
      socket.onerror = () => undefined;
      socket.onclose = ended;
    });
    await sleep(2);
  }
  console.log(JSON.stringify({ sent }));
}

async function take() {
  for (;;) {
    await new Promise((ended) => {
      const socket = open();
      socket.onmessage = ({ data }) => {
        if (!numbered) return appendFileSync(file, `${Buffer.from(data)}\n`);
        if (typeof data === 'string') return undefined;
        const bytes = Buffer.from(data);
        let number = bytes.readBigUInt64BE();
        let lines = '';
        for (let at = 8; at < bytes.length; number += 1n) {
          const end = at + 4 + bytes.readUInt32BE(at);
          lines += `${number}\t${bytes.subarray(at + 4, end)}\n`;
          at = end;
        }
        const out = openSync(file, 'a');
        writeSync(out, lines);
        fsyncSync(out);
        closeSync(out);
        const told = Buffer.alloc(8);
        told.writeBigUInt64BE(number - 1n);
        if (socket.readyState === 1) socket.send(told);
        return undefined;
      };
      socket.onerror = () => undefined;
      socket.onclose = ended;
    });
    await sleep(2);
  }
}
