//! The settings of a single ring.

use byteor_pipeline_spec::{ExecutionTarget, MAX_SHARDS, Ordering, Producer, Scheduling, ShardKey};

use super::Check;
use super::settings::decimal;
use crate::words::setting_names;
use crate::{Diagnostic, EditOperation, Phase, Span};

impl<'d, 't> Check<'d, 't, '_> {
    pub(super) fn ring_settings(&mut self) -> RingSettings {
        let mut ring = RingSettings {
            shards: 1,
            producer: Producer::Single,
            scheduling: Scheduling::Dedicated,
            ordering: Ordering::Strict,
            shard_key: None,
        };
        let list = self.settings(
            ExecutionTarget::SingleRing,
            setting_names(ExecutionTarget::SingleRing),
        );
        for &setting in &list {
            match setting.name.text {
                "ordering" => {
                    ring.ordering = self.choice(
                        setting,
                        Ordering::NAMES,
                        Ordering::from_name,
                        Ordering::Strict,
                    );
                }
                // What nothing can run yet is known, and not offered.
                "producer" => {
                    ring.producer =
                        self.choice(setting, &["single"], Producer::from_name, Producer::Single);
                }
                "scheduling" => {
                    ring.scheduling = self.choice(
                        setting,
                        &["dedicated"],
                        Scheduling::from_name,
                        Scheduling::Dedicated,
                    );
                }
                "shards" => match decimal(&setting.value) {
                    Some(shards) if (1..=MAX_SHARDS).contains(&shards) => ring.shards = shards,
                    _ => self.bad_value(
                        setting,
                        &format!("a number from 1 to {MAX_SHARDS}"),
                        &["1", "64"],
                    ),
                },
                _ => {
                    let numbers: Vec<Option<u32>> = setting.value.split(' ').map(decimal).collect();
                    match numbers.as_slice() {
                        [Some(offset), Some(length)]
                            if *length > 0 && offset.checked_add(*length).is_some() =>
                        {
                            ring.shard_key = Some(ShardKey {
                                offset: *offset,
                                length: *length,
                            });
                        }
                        _ => self.bad_value(
                            setting,
                            "an offset and a length in bytes, for example `shard_key 0 8`",
                            &["0 8"],
                        ),
                    }
                }
            }
        }
        let at = |name: &str| -> Option<Span> {
            let last = list.iter().rfind(|setting| setting.name.text == name);
            last.map(|setting| setting.span)
        };
        if ring.producer != Producer::Single {
            self.ring_rule(
                at("producer").unwrap_or_default(),
                "E_RING_PRODUCER",
                "Only `producer single` can run",
                &[&[("producer", "single")]],
            );
        }
        if ring.scheduling != Scheduling::Dedicated {
            self.ring_rule(
                at("scheduling").unwrap_or_default(),
                "E_RING_SCHEDULING",
                "Only `scheduling dedicated` can run",
                &[&[("scheduling", "dedicated")]],
            );
        }
        if ring.ordering == Ordering::Strict && ring.shards > 1 {
            let keyed: &[(&str, &str)] = if ring.shard_key.is_some() {
                &[("ordering", "per_key")]
            } else {
                &[("ordering", "per_key"), ("shard_key", "0 8")]
            };
            self.ring_rule(
                at("shards").unwrap_or_default(),
                "E_RING_ORDERING",
                "Strict order needs one shard; several need `ordering per_key` and a `shard_key`",
                &[&[("shards", "1")], keyed],
            );
        } else if ring.ordering == Ordering::Strict && ring.shard_key.is_some() {
            self.ring_rule(
                at("shard_key").unwrap_or_default(),
                "E_RING_SHARD_KEY",
                "A shard key has no meaning under strict order",
                &[&[("shard_key", "")], &[("ordering", "per_key")]],
            );
        } else if ring.ordering == Ordering::PerKey && at("shard_key").is_none() {
            self.ring_rule(
                at("ordering").unwrap_or_default(),
                "E_RING_SHARD_KEY",
                "`ordering per_key` needs a `shard_key`: an offset and a length in bytes",
                &[
                    &[("shard_key", "0 8")],
                    &[("ordering", "strict"), ("shards", "1")],
                ],
            );
        }
        ring
    }

    /// A broken rule of the block, with each of the ways out: what to set, or to remove.
    fn ring_rule(
        &mut self,
        span: Span,
        code: &'static str,
        message: &str,
        ways: &[&[(&str, &str)]],
    ) {
        let mut diagnostic = Diagnostic::new(code, Phase::Semantic, span, message)
            .help("Change the setting in the block `single_ring`");
        for way in ways {
            let mut title = String::new();
            let mut operations = Vec::new();
            for (name, value) in *way {
                title.push_str(match (title.is_empty(), value.is_empty()) {
                    (true, true) => "Remove ",
                    (true, false) => "Set ",
                    (false, _) => " and ",
                });
                title.push('`');
                title.push_str(name);
                if !value.is_empty() {
                    title.push(' ');
                    title.push_str(value);
                }
                title.push('`');
                operations.push(EditOperation::SetSetting {
                    target: ExecutionTarget::SingleRing,
                    name: (*name).to_owned(),
                    value: Some((*value).to_owned()),
                });
            }
            let fix = self.fixes(&operations);
            diagnostic = diagnostic.fix(title, fix);
        }
        self.out.push(diagnostic);
    }
}

pub(super) struct RingSettings {
    pub(super) shards: u32,
    pub(super) producer: Producer,
    pub(super) scheduling: Scheduling,
    pub(super) ordering: Ordering,
    pub(super) shard_key: Option<ShardKey>,
}
