//! What an adapter says of itself, once: its keys and its promises. The canonical text, the checks,
//! the page's form, its page in `docs/spec/adapters` and the table of deliveries come from this.

use std::borrow::Cow;

use serde::Serialize;

/// An adapter: a kind of place that records come from, go to, or both.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Adapter {
    /// Its name in a config bundle, also that of its folder and of its page.
    pub kind: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// One sentence: what it is for.
    pub summary: &'static str,
    /// As a source, where it is one.
    pub ingress: Option<SourceSide>,
    /// As a sink, where it is one.
    pub egress: Option<SinkSide>,
    /// The rest of its page, in Markdown: framing, examples, what a reader has to know besides.
    pub page: &'static str,
}

/// An adapter as a source of records.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SourceSide {
    /// What the pipeline does with it, for a form: "Read a file".
    pub does: &'static str,
    /// Its keys, in the order of the canonical text.
    pub keys: &'static [Key],
    /// What becomes of records that were read and not delivered when a run ends.
    pub promise: SourcePromise,
    /// Where a word changes that: key, word, promise.
    pub otherwise: &'static [(&'static str, &'static str, SourcePromise)],
    /// What is known of how far behind it is, while it runs.
    pub lag: Lag,
    /// How boundaries are told apart where a graph has several.
    pub several: Several,
    /// What both sides have in common to say.
    pub facts: Facts,
}

/// An adapter as a sink of records.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SinkSide {
    /// What the pipeline does with it, for a form: "Write a file".
    pub does: &'static str,
    /// Its keys, in the order of the canonical text.
    pub keys: &'static [Key],
    /// What a record that is written a second time becomes.
    pub promise: SinkPromise,
    /// Where a word changes that: key, word, promise.
    pub otherwise: &'static [(&'static str, &'static str, SinkPromise)],
    /// How boundaries are told apart where a graph has several.
    pub several: Several,
    /// What both sides have in common to say.
    pub facts: Facts,
}

impl SourceSide {
    /// What a source with these values promises, given as [`Side::written`] does.
    pub fn promise_of(&self, written: &[Option<String>]) -> SourcePromise {
        worded(self.keys, self.otherwise, written).unwrap_or(self.promise)
    }
}

impl SinkSide {
    /// What a sink with these values promises, given as [`Side::written`] does.
    pub fn promise_of(&self, written: &[Option<String>]) -> SinkPromise {
        worded(self.keys, self.otherwise, written).unwrap_or(self.promise)
    }
}

fn worded<P: Copy>(
    keys: &[Key],
    otherwise: &[(&str, &str, P)],
    written: &[Option<String>],
) -> Option<P> {
    let is = |name: &str, word: &str| {
        std::iter::zip(keys, written)
            .any(|(key, written)| key.name == name && written.as_deref() == Some(word))
    };
    let found = otherwise.iter().find(|(name, word, _)| is(name, word))?;
    Some(found.2)
}

/// What is said of each side in the same words, each a sentence or a few.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Facts {
    /// What is acknowledged, to whom, when.
    pub acknowledged: &'static str,
    /// Which order is kept.
    pub ordering: &'static str,
    /// How connections are secured, and who proves what to whom.
    pub security: &'static str,
    /// What bounds memory and time.
    pub limits: &'static str,
    /// Who is at the other end, which says what is seen of it while it runs.
    pub other_end: OtherEnd,
    /// What each failure does: what happens, and what follows.
    pub failures: &'static [(&'static str, &'static str)],
}

/// How boundaries of one side are told apart where a graph has several: they share a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Several {
    /// By `{boundary}` in keys, which stands for the id of each.
    Told(Told),
    /// Not at all.
    Refused {
        /// Why.
        because: &'static str,
    },
}

/// Which keys tell boundaries apart, by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Told {
    /// The one that says where at the other end records are read or written. It has the placeholder once.
    pub address: &'static str,
    /// What it names are all those that begin so, and not only one.
    pub begins: bool,
    /// Those by which the other end knows a reader and how far it is. Each has the placeholder once too, so
    /// that boundaries share none.
    pub own: &'static [&'static str],
    /// Those that may have it once.
    pub may: &'static [&'static str],
    /// Words with which there can be only one boundary all the same: key, word, why.
    pub not_with: &'static [(&'static str, &'static str, &'static str)],
}

impl Told {
    /// By `address` alone.
    pub const fn by(address: &'static str) -> Self {
        Self {
            address,
            begins: false,
            own: &[],
            may: &[],
            not_with: &[],
        }
    }

    /// Whether a key of this name may have the placeholder.
    pub fn has(&self, name: &str) -> bool {
        self.needs(name) || self.may.contains(&name)
    }

    /// Whether it has to.
    pub fn needs(&self, name: &str) -> bool {
        self.address == name || self.own.contains(&name)
    }
}

/// What is known of how far behind a source is, while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Lag {
    /// How much of something waits at the other end.
    Told {
        /// Of what: "records".
        unit: &'static str,
        /// What is counted, and what isn't.
        means: &'static str,
    },
    /// Nobody knows it.
    Unknown {
        /// Why.
        because: &'static str,
    },
}

/// Who is at the other end of a side, and what is seen of that while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum OtherEnd {
    /// The host itself: nobody who could be away.
    Host,
    /// A peer that this side connects to: since when it answers or doesn't, tries that failed.
    Peer,
    /// The same, which divides what is read among several: also how often it did so anew.
    Divider,
    /// Clients that connect to this side: since when it listens, connections that are open, requests that
    /// it refused.
    Clients,
    /// A peer or clients, as the config says.
    Either,
}

/// What becomes of records that a source gave and nobody delivered, when a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum SourcePromise {
    /// They are read again: the checkpoint's position finds them, the same and in the same order.
    Resumes,
    /// Their sender had no answer, and sends them again; nothing tells them from new ones.
    Redelivers,
    /// They are gone.
    Forgets,
    /// They are read again, and what the pipeline makes of them may be something else: no adapter's
    /// promise, but that of one that resumes in front of a graph that leaves something open.
    Chooses,
}

impl SourcePromise {
    /// Each, for tables.
    pub const ALL: &'static [Self] = &[
        Self::Resumes,
        Self::Redelivers,
        Self::Forgets,
        Self::Chooses,
    ];

    /// The same in front of a graph that leaves open what leaves it behind a checkpoint.
    pub const fn into_choices(self) -> Self {
        match self {
            Self::Resumes => Self::Chooses,
            other => other,
        }
    }
}

/// What a sink makes of a record that it is given a second time, after a run that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum SinkPromise {
    /// It stands there once: what is behind the checkpoint is taken back.
    Exact,
    /// It stands there once where it has the same number as before: what has a number that is there is
    /// left out.
    Deduplicates,
    /// It is sent again under the same number: who keeps numbers has it once.
    Numbered,
    /// It is there twice.
    Repeats,
    /// Nobody said that it arrived the first time.
    Unconfirmed,
}

impl SinkPromise {
    /// Each, for tables.
    pub const ALL: &'static [Self] = &[
        Self::Exact,
        Self::Deduplicates,
        Self::Numbered,
        Self::Repeats,
        Self::Unconfirmed,
    ];
}

/// One key of a side.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Key {
    /// Its name in the JSON form, and the last part of its key in the canonical text.
    pub name: &'static str,
    /// What its value is.
    pub kind: KeyKind,
    /// Its name for people.
    pub label: &'static str,
    /// What it means, in a sentence or two; stands beside the field.
    pub help: &'static str,
    /// What a form starts with. Nothing where a person has to say it, or may leave it out.
    pub default: Option<&'static str>,
    /// Whether it may be left out.
    pub optional: bool,
    /// A key before it, and the words of that one with which this one means something: a form asks for it
    /// only there.
    pub with: Option<(&'static str, &'static [&'static str])>,
}

impl Key {
    /// One of a few words, which a form begins with `default`.
    pub const fn word(
        choices: &'static [Choice],
        default: &'static str,
        label: &'static str,
        help: &'static str,
    ) -> Self {
        Self::new(KeyKind::Word { choices }, label, help).or(default)
    }

    /// A number, which a form begins with `default`.
    pub const fn number(
        (min, max, unit): (u32, u32, &'static str),
        default: &'static str,
        label: &'static str,
        help: &'static str,
    ) -> Self {
        Self::new(KeyKind::Number { min, max, unit }, label, help).or(default)
    }

    /// A key that has to be given.
    pub const fn new(kind: KeyKind, label: &'static str, help: &'static str) -> Self {
        Self {
            name: "",
            kind,
            label,
            help,
            default: None,
            optional: false,
            with: None,
        }
    }

    /// The same, with what a form starts with.
    pub const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// The same; it may be left out.
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The same, which may be left out and means something only where `key` has one of `words`.
    pub const fn with(mut self, key: &'static str, words: &'static [&'static str]) -> Self {
        self.with = Some((key, words));
        self.optional()
    }

    /// The same under a name; for the macro that declares sides.
    pub(crate) const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }
}

/// What the value of a key is.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum KeyKind {
    /// Absolute path of a file on the agent's host, under an allowed root.
    Path,
    /// One of a few words.
    Word {
        /// The words, in the order in which a form offers them.
        choices: &'static [Choice],
    },
    /// A whole number.
    Number {
        /// The least.
        min: u32,
        /// The greatest.
        max: u32,
        /// Of what, for people: "bytes".
        unit: &'static str,
    },
    /// Where this host listens: `ADDRESS:PORT`.
    Listen,
    /// The path of a URL on this host: `/orders`.
    UrlPath,
    /// A URL with one of these schemes, that the pipeline reaches from the agent's host.
    Url {
        /// The schemes.
        schemes: &'static [&'static str],
    },
    /// A name that a peer knows something by: letters, digits and what ASCII has besides, no space.
    Text,
    /// A JSON pointer (RFC 6901) into a record: `/customer/id`.
    Pointer,
    /// The name of a secret of the bundle.
    Secret,
}

/// One word that a key may have.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Choice {
    /// As it is written.
    pub word: &'static str,
    /// For people.
    pub label: &'static str,
    /// What it does.
    pub help: &'static str,
}

/// One side of a bundle, with typed fields that are written and read by their keys.
pub trait Side: Sized {
    /// The keys, one for each field, in the order of the canonical text.
    const KEYS: &'static [Key];

    /// What is written for each key; nothing where it is left out.
    fn written(&self) -> Vec<Option<String>>;

    /// For each key its value where that is text.
    fn texts(&self) -> Vec<Option<&str>>;

    /// The same, to be changed.
    fn texts_mut(&mut self) -> Vec<Option<&mut String>>;

    /// Takes every value, also after one that can't be taken, so that all problems are told.
    fn read<V: Values>(values: &mut V) -> Option<Self>;
}

/// Rules of a side between its keys and its boundaries; most have none between keys.
pub trait Rules {
    /// How boundaries are told apart where a graph has several.
    const SEVERAL: Several;

    /// What stands against it: code, key, what is wrong, what to do.
    fn broken(&self) -> Vec<BrokenRule> {
        Vec::new()
    }
}

/// A rule between keys that isn't kept.
#[derive(Debug)]
pub struct BrokenRule {
    /// Stable code, `E_CONFIG_…`.
    pub code: &'static str,
    /// The key to change.
    pub key: &'static str,
    /// What is wrong.
    pub message: Cow<'static, str>,
    /// What to do about it.
    pub help: Cow<'static, str>,
}

/// Where the values of a side are read from.
pub trait Values {
    /// The value of `key`; nothing where it is missing or none of its kind, which was noted then.
    fn take<T: Entry>(&mut self, key: &'static Key) -> Option<T>;
}

/// A field of a side.
pub trait Entry: Sized {
    /// Its written form; nothing where it is left out.
    fn written(&self) -> Option<String>;

    /// Its value where that is text.
    fn text(&self) -> Option<&str> {
        None
    }

    /// The same, to be changed.
    fn text_mut(&mut self) -> Option<&mut String> {
        None
    }

    /// Reads the written form, or that there is none.
    fn read(written: Option<&str>) -> Option<Self>;
}

impl Entry for String {
    fn written(&self) -> Option<String> {
        Some(self.clone())
    }

    fn text(&self) -> Option<&str> {
        Some(self)
    }

    fn text_mut(&mut self) -> Option<&mut String> {
        Some(self)
    }

    fn read(written: Option<&str>) -> Option<Self> {
        written.map(str::to_owned)
    }
}

impl Entry for u32 {
    fn written(&self) -> Option<String> {
        Some(self.to_string())
    }

    /// A decimal number in its one writing: no sign, no leading zero.
    fn read(written: Option<&str>) -> Option<Self> {
        let written = written?;
        let number: Self = written.parse().ok()?;
        (number.to_string() == written).then_some(number)
    }
}

impl Entry for Option<u32> {
    fn written(&self) -> Option<String> {
        self.as_ref().and_then(Entry::written)
    }

    fn read(written: Option<&str>) -> Option<Self> {
        written.map_or(Some(None), |written| u32::read(Some(written)).map(Some))
    }
}

impl Entry for Option<String> {
    fn written(&self) -> Option<String> {
        self.clone()
    }

    fn text(&self) -> Option<&str> {
        self.as_deref()
    }

    fn text_mut(&mut self) -> Option<&mut String> {
        self.as_mut()
    }

    fn read(written: Option<&str>) -> Option<Self> {
        Some(written.map(str::to_owned))
    }
}

/// Declares words that a key may have: an enum, and what a form says of each member.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$member_doc:meta])* $member:ident = $word:literal, $label:literal, $help:literal;)+
    }) => {
        crate::model::words! {
            $(#[$doc])* $name { $($(#[$member_doc])* $member = $word),+ }
        }

        impl $name {
            /// The members as a form offers them.
            pub const CHOICES: &'static [crate::adapters::Choice] = &[
                $(crate::adapters::Choice { word: $word, label: $label, help: $help }),+
            ];
        }

        impl crate::adapters::Entry for $name {
            fn written(&self) -> Option<String> {
                Some(self.as_str().to_owned())
            }

            fn read(written: Option<&str>) -> Option<Self> {
                Self::from_word(written?)
            }
        }

        impl crate::adapters::Entry for Option<$name> {
            fn written(&self) -> Option<String> {
                self.map(|word| word.as_str().to_owned())
            }

            fn read(written: Option<&str>) -> Option<Self> {
                written.map_or(Some(None), |written| $name::from_word(written).map(Some))
            }
        }
    };
}

/// Declares a side: its fields, each with its key.
macro_rules! side {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty = $key:expr;)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),+ }

        impl crate::adapters::Side for $name {
            const KEYS: &'static [crate::adapters::Key] = &[
                $({ const KEY: crate::adapters::Key = $key.named(stringify!($field)); KEY }),+
            ];

            fn written(&self) -> Vec<Option<String>> {
                vec![$(crate::adapters::Entry::written(&self.$field)),+]
            }

            fn texts(&self) -> Vec<Option<&str>> {
                vec![$(crate::adapters::Entry::text(&self.$field)),+]
            }

            fn texts_mut(&mut self) -> Vec<Option<&mut String>> {
                vec![$(crate::adapters::Entry::text_mut(&mut self.$field)),+]
            }

            fn read<V: crate::adapters::Values>(values: &mut V) -> Option<Self> {
                let mut keys = Self::KEYS.iter();
                $(let $field = keys.next().and_then(|key| values.take(key));)+
                Some(Self { $($field: $field?),+ })
            }
        }
    };
}

pub(crate) use {choices, side};
