//! What is said of a region.

use std::fmt::Write as _;

use indexbus_abi as abi;
use serde_json::{Value, json};

/// Kinds by their number; those from 101 on are ByteOr's.
const KINDS: &[(u16, &str)] = &[
    (abi::INDEXBUS_REGION_KIND_EVENTS, "events"),
    (abi::INDEXBUS_REGION_KIND_FANOUT, "fanout"),
    (abi::INDEXBUS_REGION_KIND_STATE, "state"),
    (abi::INDEXBUS_REGION_KIND_JOURNAL, "journal"),
    (abi::INDEXBUS_REGION_KIND_SEQUENCER, "sequencer"),
    (abi::INDEXBUS_REGION_KIND_EVENTS_64, "events, 64 bytes"),
    (abi::INDEXBUS_REGION_KIND_EVENTS_256, "events, 256 bytes"),
    (abi::INDEXBUS_REGION_KIND_EVENTS_1K, "events, 1024 bytes"),
    (abi::INDEXBUS_REGION_KIND_EVENTS_4K, "events, 4096 bytes"),
    (101, "sequenced slots, 256 bytes"),
    (102, "events chain"),
    (103, "sequenced slots, 1024 bytes"),
    (104, "sequenced slots, 4096 bytes"),
    (105, "sequenced slots, 16384 bytes"),
    (106, "lane graph counters"),
];

/// Capabilities by their bit; those from 16 on are ByteOr's.
const CAPABILITIES: &[(u32, &str)] = &[
    (abi::INDEXBUS_CAP_SUPPORTS_EVENTS, "events"),
    (abi::INDEXBUS_CAP_SUPPORTS_STATE, "state"),
    (abi::INDEXBUS_CAP_SUPPORTS_JOURNAL, "journal"),
    (abi::INDEXBUS_CAP_SUPPORTS_SEQUENCER, "sequencer"),
    (abi::INDEXBUS_CAP_SUPPORTS_BLOCKING, "blocking"),
    (abi::INDEXBUS_CAP_SLOT_SEQUENCES, "slot-sequences"),
    (abi::INDEXBUS_CAP_SLOTS_BY_ENTRY, "slots-by-entry"),
    (abi::INDEXBUS_CAP_OWNED_CLAIMS, "owned-claims"),
    (1 << 16, "events-chain"),
    (1 << 17, "sequenced-slots"),
    (1 << 18, "record-marks"),
    (1 << 19, "counters"),
    (1 << 20, "slot-sequences-of-slots"),
    (1 << 21, "owned-claims-of-chains"),
];

/// What the first bytes of a region file say, and how long it is.
pub struct Report {
    header: abi::LayoutHeader,
    initialized: u32,
    /// Consumers of a fanout region.
    consumers: u32,
    file_bytes: u64,
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_ne_bytes(*bytes))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_ne_bytes(*bytes))
}

impl Report {
    /// `None` for a file that is no region of v1.
    pub fn of(prefix: &[u8], file_bytes: u64) -> Option<Self> {
        let header = abi::LayoutHeader {
            magic: u32_at(prefix, 0)?,
            version: u16_at(prefix, 4)?,
            flags: u16_at(prefix, 6)?,
            capabilities: u32_at(prefix, 8)?,
            layout_bytes: u32_at(prefix, 12)?,
        };
        header.is_compatible_v1().then_some(Self {
            header,
            initialized: u32_at(prefix, 16)?,
            consumers: u32_at(prefix, 20)?,
            file_bytes,
        })
    }

    fn kind(&self) -> Option<&'static str> {
        let kind = self.header.region_kind();
        let known = KINDS.iter().find(|(number, _)| *number == kind);
        known.map(|(_, name)| *name)
    }

    /// State regions have no such field.
    fn initialized(&self) -> Option<u32> {
        let state = self.header.region_kind() == abi::INDEXBUS_REGION_KIND_STATE;
        (!state).then_some(self.initialized)
    }

    /// Their names, lowest bit first; one that has none here is told by its number.
    fn capabilities(&self) -> Vec<String> {
        let set = (0..u32::BITS).filter(|bit| self.header.capabilities >> bit & 1 != 0);
        set.map(|bit| {
            let known = CAPABILITIES.iter().find(|(known, _)| *known == 1 << bit);
            known.map_or_else(|| format!("bit-{bit}"), |(_, name)| (*name).to_owned())
        })
        .collect()
    }

    /// Bytes that an opener maps: all of the file, if it has all of the layout.
    fn mapped(&self) -> u64 {
        self.file_bytes
    }

    fn complete(&self) -> bool {
        self.file_bytes >= u64::from(self.header.layout_bytes)
    }

    fn consumers(&self) -> Option<u32> {
        let fanout = self.header.region_kind() == abi::INDEXBUS_REGION_KIND_FANOUT;
        fanout.then_some(self.consumers)
    }

    /// One JSON object.
    pub fn json(&self) -> Value {
        let mut object = json!({
            "kind": self.kind(),
            "kind_number": self.header.region_kind(),
            "version": self.header.version,
            "initialized": self.initialized(),
            "caps": self.header.capabilities,
            "caps_names": self.capabilities(),
            "layout_bytes": self.header.layout_bytes,
            "mapped_bytes": self.mapped(),
            "complete": self.complete(),
        });
        if let Some(consumers) = self.consumers() {
            object["consumers"] = consumers.into();
        }
        object
    }

    /// A line each.
    pub fn lines(&self) -> String {
        let mut out = String::new();
        let number = self.header.region_kind();
        let kind = self.kind().unwrap_or("unknown");
        let _ = writeln!(out, "kind: {kind} ({number})");
        let _ = writeln!(out, "version: {}", self.header.version);
        let _ = match self.initialized() {
            None => writeln!(out, "initialized: n/a"),
            Some(word) => writeln!(out, "initialized: {word} ({})", progress(word)),
        };
        let names = self.capabilities().join(", ");
        let _ = writeln!(out, "caps: {:#010x} ({names})", self.header.capabilities);
        if let Some(consumers) = self.consumers() {
            let _ = writeln!(out, "consumers: {consumers}");
        }
        let _ = writeln!(out, "layout_bytes: {}", self.header.layout_bytes);
        let missing = if self.complete() { "" } else { " (truncated)" };
        let _ = writeln!(out, "mapped_bytes: {}{missing}", self.mapped());
        out
    }
}

fn progress(initialized: u32) -> &'static str {
    match initialized {
        abi::INDEXBUS_UNINITIALIZED => "nobody began",
        abi::INDEXBUS_INITIALIZING => "the creator is at work, or failed",
        abi::INDEXBUS_INITIALIZED => "usable",
        _ => "can't be",
    }
}
