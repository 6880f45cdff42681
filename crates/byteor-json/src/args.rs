//! Named parts of a message.

use std::borrow::Cow;
use std::ops::Index;

use serde::{Serialize, Serializer};

/// Names with texts, by name, each name once: a handful, so a list serves better than a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args(Vec<(Cow<'static, str>, String)>);

impl Args {
    /// None.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Sets the text of a name.
    pub fn insert(&mut self, name: impl Into<Cow<'static, str>>, text: impl Into<String>) {
        self.put(name.into(), text.into());
    }

    fn put(&mut self, name: Cow<'static, str>, text: String) {
        let at = self.0.iter().position(|(there, _)| *there >= name);
        match at {
            Some(at) if self.0[at].0 == name => self.0[at].1 = text,
            Some(at) => self.0.insert(at, (name, text)),
            None => self.0.push((name, text)),
        }
    }

    /// The text of a name.
    pub fn get(&self, name: &str) -> Option<&String> {
        let (_, text) = self.0.iter().find(|(there, _)| there == name)?;
        Some(text)
    }

    /// Names and texts, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, text)| (name.as_ref(), text.as_str()))
    }

    /// The names, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<Cow<'static, str>>> FromIterator<(N, String)> for Args {
    fn from_iter<I: IntoIterator<Item = (N, String)>>(parts: I) -> Self {
        let mut args = Self::new();
        for (name, text) in parts {
            args.put(name.into(), text);
        }
        args
    }
}

impl IntoIterator for Args {
    type Item = (Cow<'static, str>, String);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Panics where there is no such name; for tests.
impl Index<&str> for Args {
    type Output = String;

    fn index(&self, name: &str) -> &String {
        self.get(name).expect("there is an argument of that name")
    }
}

impl Serialize for Args {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_stand_by_name_and_the_last_text_of_a_name_stays() {
        let mut args = Args::new();
        for (name, text) in [("b", "1"), ("a", "2"), ("c", "3"), ("b", "4")] {
            args.insert(name, text);
        }
        let all: Vec<_> = args.iter().collect();
        assert_eq!(all, [("a", "2"), ("b", "4"), ("c", "3")]);
        assert_eq!(args["b"], "4");
        assert_eq!(args.get("d"), None);
    }
}
