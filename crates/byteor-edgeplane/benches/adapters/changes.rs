//! The changes of a slot, over the messages that the adapter uses.

use std::collections::HashMap;
use std::io::{Read as _, Write};
use std::net::TcpStream;

use bytes::{Buf as _, Bytes, BytesMut};
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::{Header, Message};
use postgres_protocol::message::frontend;

use crate::bench::postgres::PASSWORD;

/// The tag that says that both sides send from now on, which the library hasn't.
const BOTH: u8 = b'W';

struct Wire {
    stream: TcpStream,
    came: BytesMut,
}

impl Wire {
    fn send(&mut self, write: impl FnOnce(&mut BytesMut)) {
        let mut bytes = BytesMut::new();
        write(&mut bytes);
        self.stream.write_all(&bytes).unwrap();
    }

    /// The next message; nothing where both sides send from now on.
    fn next(&mut self) -> Option<Message> {
        loop {
            let header = Header::parse(&self.came).unwrap();
            if let Some(header) = header.filter(|header| self.came.len() > header.len() as usize) {
                if header.tag() == BOTH {
                    self.came.advance(header.len() as usize + 1);
                    return None;
                }
                return Message::parse(&mut self.came).unwrap();
            }
            let mut read = [0; 16 * 1024];
            let bytes = self.stream.read(&mut read).unwrap();
            assert_ne!(bytes, 0, "the server ended the connection");
            self.came.extend_from_slice(&read[..bytes]);
        }
    }

    fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        let came = BytesMut::new();
        let mut wire = Self { stream, came };
        let parameters = [
            ("user", "byteor"),
            ("database", "postgres"),
            ("replication", "database"),
        ];
        wire.send(|out| frontend::startup_message(parameters, out).unwrap());
        let mut proof = ScramSha256::new(PASSWORD.as_bytes(), ChannelBinding::unsupported());
        loop {
            match wire.next().unwrap() {
                Message::AuthenticationSasl(_) => wire.send(|out| {
                    frontend::sasl_initial_response(SCRAM_SHA_256, proof.message(), out).unwrap();
                }),
                Message::AuthenticationSaslContinue(body) => {
                    proof.update(body.data()).unwrap();
                    wire.send(|out| frontend::sasl_response(proof.message(), out).unwrap());
                }
                Message::AuthenticationSaslFinal(body) => proof.finish(body.data()).unwrap(),
                Message::ErrorResponse(_) => panic!("the server refuses who asks"),
                Message::ReadyForQuery(_) => return wire,
                _ => {}
            }
        }
    }
}

/// A table as the server announces it: what it is called, and its columns with whether each is text.
struct Table {
    schema: String,
    name: String,
    columns: Vec<(String, bool)>,
}

fn word(bytes: &mut Bytes) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap();
    let word = bytes.split_to(end);
    bytes.advance(1);
    String::from_utf8(word.to_vec()).unwrap()
}

fn table(bytes: &mut Bytes) -> Table {
    let (schema, name) = (word(bytes), word(bytes));
    bytes.advance(1);
    let columns = (0..bytes.get_u16()).map(|_| {
        bytes.advance(1);
        let name = word(bytes);
        // A bigint is written as it is.
        let is_text = bytes.get_u32() != 20;
        bytes.advance(4);
        (name, is_text)
    });
    Table {
        columns: columns.collect(),
        schema,
        name,
    }
}

fn row(bytes: &mut Bytes, table: &Table) -> serde_json::Value {
    let mut row = serde_json::Map::new();
    bytes.advance(2);
    for (name, is_text) in &table.columns {
        assert_eq!(bytes.get_u8(), b't');
        let len = bytes.get_u32() as usize;
        let text = bytes.split_to(len);
        let text = std::str::from_utf8(&text).unwrap();
        let value = match is_text {
            true => text.into(),
            false => text.parse::<i64>().unwrap().into(),
        };
        row.insert(name.clone(), value);
    }
    row.into()
}

/// Writes so many rows that were inserted, and tells the server of the end of each transaction.
pub fn read(port: u16, slot: &str, count: u64, out: &mut impl Write) {
    let mut wire = Wire::open(port);
    let begin = format!(
        "START_REPLICATION SLOT {slot} LOGICAL 0/0 (proto_version '1', publication_names 'changes')"
    );
    wire.send(|out| frontend::query(&begin, out).unwrap());
    assert!(wire.next().is_none(), "the slot isn't there");
    let (mut tables, mut left) = (HashMap::new(), count);
    let (mut lsn, mut xid, mut at, mut index) = (String::new(), 0, 0, 0);
    while left > 0 {
        let Some(Message::CopyData(body)) = wire.next() else {
            panic!("that is no change");
        };
        let mut bytes = body.into_bytes();
        if bytes.get_u8() != b'w' {
            continue;
        }
        bytes.advance(24);
        match bytes.get_u8() {
            b'R' => {
                let id = bytes.get_u32();
                tables.insert(id, table(&mut bytes));
            }
            b'B' => {
                let commit = bytes.get_u64();
                lsn = format!("{:X}/{:X}", commit >> 32, commit & 0xffff_ffff);
                (at, xid, index) = (bytes.get_i64(), bytes.get_u32(), 0);
            }
            b'I' => {
                let table = &tables[&bytes.get_u32()];
                bytes.advance(1);
                let new = row(&mut bytes, table);
                let line = serde_json::json!({
                    "op": "insert", "schema": table.schema, "table": table.name, "lsn": lsn, "xid": xid,
                    "at": at, "index": index, "new": new,
                });
                writeln!(out, "{line}").unwrap();
                index += 1;
                left -= 1;
            }
            b'C' => {
                bytes.advance(9);
                let end = bytes.get_u64();
                let mut lasts = vec![b'r'];
                (0..3).for_each(|_| lasts.extend(end.to_be_bytes()));
                lasts.extend([0; 9]);
                let told = frontend::CopyData::new(&lasts[..]).unwrap();
                wire.send(|out| told.write(out));
            }
            other => panic!("a change of the kind {other}"),
        }
    }
}
