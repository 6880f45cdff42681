//! Stages for records that are JSON objects.
//!
//! They change what they are asked to change and leave every other byte as it is. A record that is
//! no JSON object is rejected by those that rewrite, so that what should be masked never passes on.

use byteor_pipeline_catalogue::{FieldPath, KeyProblem, field_paths};
use byteor_pipeline_kernel::{Outcome, Output, Stage, StageFailure};

use crate::hash::{DIGITS_MAX, Keyed};
use crate::json::{Member, NotAnObject, find, members, place, quoted, said};

type Answer = Result<Outcome, StageFailure>;

/// Fields, as the tree of their paths.
#[derive(Default)]
struct Fields {
    name: String,
    /// The number of the field that ends here, from 0.
    field: Option<usize>,
    inside: Vec<Fields>,
}

impl Fields {
    /// The tree of `paths`; its root stands for the record.
    fn new(paths: &[FieldPath]) -> Self {
        let mut root = Self::default();
        for (number, path) in paths.iter().enumerate() {
            let mut at = &mut root;
            for name in path {
                let known = at.inside.iter().position(|inside| inside.name == *name);
                let index = known.unwrap_or_else(|| {
                    at.inside.push(Self {
                        name: name.clone(),
                        ..Self::default()
                    });
                    at.inside.len() - 1
                });
                at = &mut at.inside[index];
            }
            at.field.get_or_insert(number);
        }
        root
    }

    fn read(text: &str) -> Result<Self, KeyProblem> {
        Ok(Self::new(&field_paths(text)?))
    }

    /// What is said of a member of the object that this stands for.
    fn of(&self, member: &Member<'_>) -> Option<&Self> {
        self.inside.iter().find(|inside| member.is(&inside.name))
    }
}

/// Copies a record to an output, but for the parts that are replaced or taken out, which come in
/// order.
struct Rewriter<'r, 'o, 'b> {
    record: &'r [u8],
    out: &'o mut Output<'b>,
    copied: usize,
    changed: bool,
}

impl<'r, 'o, 'b> Rewriter<'r, 'o, 'b> {
    fn new(record: &'r [u8], out: &'o mut Output<'b>) -> Self {
        Self {
            record,
            out,
            copied: 0,
            changed: false,
        }
    }

    /// Goes on behind `end`, with the record's bytes up to `start` copied.
    fn cut(&mut self, start: usize, end: usize) {
        self.out.push(&self.record[self.copied..start]);
        self.copied = end;
        self.changed = true;
    }

    /// Puts `text` in the place of `part`, a slice of the record.
    fn replace(&mut self, part: &str, text: &[u8]) {
        let start = place(self.record, part);
        self.cut(start, start + part.len());
        self.out.push(text);
    }

    fn end(self, read: Result<(), NotAnObject>) -> Answer {
        if read.is_err() {
            return Ok(Outcome::Reject);
        }
        if !self.changed {
            return Ok(Outcome::Forward);
        }
        self.out.push(&self.record[self.copied..]);
        Ok(self.out.outcome())
    }
}

/// Takes members out of one object, each with one comma: the one before it, or, where nothing stays
/// before it, the one behind.
#[derive(Default)]
struct Cuts {
    stayed: bool,
    /// End of the member before.
    before: usize,
    /// Start of the members that go before the first that stays.
    head: Option<usize>,
}

impl Cuts {
    fn member(&mut self, member: &Member<'_>, stays: bool, rewriter: &mut Rewriter<'_, '_, '_>) {
        let start = place(rewriter.record, member.name);
        let end = place(rewriter.record, member.value) + member.value.len();
        if stays {
            if let Some(head) = self.head.take() {
                rewriter.cut(head, start);
            }
            self.stayed = true;
        } else if self.stayed {
            rewriter.cut(self.before, end);
        } else {
            self.head.get_or_insert(start);
        }
        self.before = end;
    }

    fn end(self, rewriter: &mut Rewriter<'_, '_, '_>) {
        if let Some(head) = self.head {
            rewriter.cut(head, self.before);
        }
    }
}

/// Objects inside a record were read with it, so they are what they seem.
const READ_BEFORE: &str = "an object inside an object that was read";

pub(crate) struct Require {
    fields: Fields,
    /// Whether each field was found in the record at hand.
    found: Vec<bool>,
}

impl Require {
    pub(crate) fn new(fields: &str) -> Result<Self, KeyProblem> {
        let paths = field_paths(fields)?;
        Ok(Self {
            fields: Fields::new(&paths),
            found: vec![false; paths.len()],
        })
    }
}

/// Notes which fields an object has.
fn look(object: &[u8], fields: &Fields, found: &mut [bool]) -> Result<(), NotAnObject> {
    members(object, &mut |member| {
        let Some(inside) = fields.of(&member) else {
            return;
        };
        if let Some(number) = inside.field {
            found[number] = true;
        }
        if !inside.inside.is_empty() && member.is_object() {
            look(member.value.as_bytes(), inside, found).expect(READ_BEFORE);
        }
    })
}

impl Stage for Require {
    fn process(&mut self, record: &[u8], _: &mut Output<'_>) -> Answer {
        // A path that is named twice has one number, and is found once.
        self.found.fill(true);
        unset(&self.fields, &mut self.found);
        let read = look(record, &self.fields, &mut self.found);
        Ok(if read.is_ok() && self.found.iter().all(|found| *found) {
            Outcome::Forward
        } else {
            Outcome::Drop
        })
    }
}

fn unset(fields: &Fields, found: &mut [bool]) {
    if let Some(number) = fields.field {
        found[number] = false;
    }
    for inside in &fields.inside {
        unset(inside, found);
    }
}

pub(crate) struct DropFields {
    fields: Fields,
}

impl DropFields {
    pub(crate) fn new(fields: &str) -> Result<Self, KeyProblem> {
        Ok(Self {
            fields: Fields::read(fields)?,
        })
    }
}

fn drop_fields(
    object: &[u8],
    fields: &Fields,
    rewriter: &mut Rewriter<'_, '_, '_>,
) -> Result<(), NotAnObject> {
    let mut cuts = Cuts::default();
    members(object, &mut |member| {
        let inside = fields.of(&member);
        let goes = inside.is_some_and(|inside| inside.field.is_some());
        cuts.member(&member, !goes, rewriter);
        if let Some(inside) = inside
            && !goes
            && member.is_object()
        {
            drop_fields(member.value.as_bytes(), inside, rewriter).expect(READ_BEFORE);
        }
    })?;
    cuts.end(rewriter);
    Ok(())
}

impl Stage for DropFields {
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Answer {
        let mut rewriter = Rewriter::new(record, out);
        let read = drop_fields(record, &self.fields, &mut rewriter);
        rewriter.end(read)
    }
}

pub(crate) struct KeepFields {
    fields: Fields,
}

impl KeepFields {
    pub(crate) fn new(fields: &str) -> Result<Self, KeyProblem> {
        Ok(Self {
            fields: Fields::read(fields)?,
        })
    }
}

fn keep_fields(
    object: &[u8],
    fields: &Fields,
    rewriter: &mut Rewriter<'_, '_, '_>,
) -> Result<(), NotAnObject> {
    let mut cuts = Cuts::default();
    members(object, &mut |member| {
        let inside = fields.of(&member);
        let whole = inside.is_some_and(|inside| inside.field.is_some());
        let part = inside.filter(|_| !whole && member.is_object());
        cuts.member(&member, whole || part.is_some(), rewriter);
        if let Some(inside) = part {
            keep_fields(member.value.as_bytes(), inside, rewriter).expect(READ_BEFORE);
        }
    })?;
    cuts.end(rewriter);
    Ok(())
}

impl Stage for KeepFields {
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Answer {
        let mut rewriter = Rewriter::new(record, out);
        let read = keep_fields(record, &self.fields, &mut rewriter);
        rewriter.end(read)
    }
}

pub(crate) struct Rename {
    /// Names of the objects that lead to the field.
    path: FieldPath,
    from: String,
    to: String,
    quoted: Box<[u8]>,
}

impl Rename {
    pub(crate) fn new(field: &str, to: String) -> Result<Self, KeyProblem> {
        // The catalogue accepts no list of no fields, and no path of no names.
        let mut path = field_paths(field)?.swap_remove(0);
        let from = path.pop().unwrap_or_default();
        Ok(Self {
            path,
            from,
            quoted: quoted(&to),
            to,
        })
    }

    fn rename(
        &self,
        object: &[u8],
        depth: usize,
        rewriter: &mut Rewriter<'_, '_, '_>,
    ) -> Result<(), NotAnObject> {
        if let Some(name) = self.path.get(depth) {
            return members(object, &mut |member| {
                if member.is(name) && member.is_object() {
                    self.rename(member.value.as_bytes(), depth + 1, rewriter)
                        .expect(READ_BEFORE);
                }
            });
        }
        let mut has = false;
        members(object, &mut |member| has |= member.is(&self.from))?;
        if !has || self.from == self.to {
            return Ok(());
        }
        let mut cuts = Cuts::default();
        members(object, &mut |member| {
            cuts.member(&member, !member.is(&self.to), rewriter);
            if member.is(&self.from) {
                rewriter.replace(member.name, &self.quoted);
            }
        })?;
        cuts.end(rewriter);
        Ok(())
    }
}

impl Stage for Rename {
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Answer {
        let mut rewriter = Rewriter::new(record, out);
        let read = self.rename(record, 0, &mut rewriter);
        rewriter.end(read)
    }
}

pub(crate) struct Mask {
    fields: Fields,
    quoted: Box<[u8]>,
}

impl Mask {
    pub(crate) fn new(fields: &str, text: &str) -> Result<Self, KeyProblem> {
        Ok(Self {
            fields: Fields::read(fields)?,
            quoted: quoted(text),
        })
    }
}

/// Hands the value of each of the fields to `change`.
fn change_fields(
    object: &[u8],
    fields: &Fields,
    rewriter: &mut Rewriter<'_, '_, '_>,
    change: &mut dyn FnMut(&str, &mut Rewriter<'_, '_, '_>),
) -> Result<(), NotAnObject> {
    members(object, &mut |member| {
        let Some(inside) = fields.of(&member) else {
            return;
        };
        if inside.field.is_some() {
            change(member.value, rewriter);
        } else if member.is_object() {
            change_fields(member.value.as_bytes(), inside, rewriter, change).expect(READ_BEFORE);
        }
    })
}

impl Stage for Mask {
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Answer {
        let mut rewriter = Rewriter::new(record, out);
        let quoted = &self.quoted;
        let read = change_fields(
            record,
            &self.fields,
            &mut rewriter,
            &mut |value, rewriter| {
                // What is masked already passes on as it is.
                if value.as_bytes() != &**quoted {
                    rewriter.replace(value, quoted);
                }
            },
        );
        rewriter.end(read)
    }
}

pub(crate) struct Hash {
    fields: Fields,
    hasher: Keyed,
}

impl Hash {
    pub(crate) fn new(fields: &str, hasher: Keyed) -> Result<Self, KeyProblem> {
        Ok(Self {
            fields: Fields::read(fields)?,
            hasher,
        })
    }
}

impl Stage for Hash {
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Answer {
        let mut rewriter = Rewriter::new(record, out);
        let mut unsaid = false;
        let hasher = &self.hasher;
        let read = change_fields(
            record,
            &self.fields,
            &mut rewriter,
            &mut |value, rewriter| {
                if value == "null" {
                    return;
                }
                let Some(text) = said(value) else {
                    unsaid = true;
                    return;
                };
                let mut digits = [0; DIGITS_MAX + 2];
                digits[0] = b'"';
                let mut hash = [0; DIGITS_MAX];
                let count = hasher.digits(text.as_bytes(), &mut hash);
                digits[1..=count].copy_from_slice(&hash[..count]);
                digits[count + 1] = b'"';
                rewriter.replace(value, &digits[..count + 2]);
            },
        );
        if unsaid {
            return Ok(Outcome::Reject);
        }
        rewriter.end(read)
    }
}

pub(crate) struct Extract {
    path: FieldPath,
}

impl Extract {
    pub(crate) fn new(field: &str) -> Result<Self, KeyProblem> {
        Ok(Self {
            path: field_paths(field)?.swap_remove(0),
        })
    }
}

impl Stage for Extract {
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Answer {
        Ok(match find(record, &self.path) {
            Err(NotAnObject) => Outcome::Reject,
            Ok(None) => Outcome::Drop,
            Ok(Some(value)) => match said(value) {
                None => Outcome::Reject,
                Some(text) => {
                    out.push(text.as_bytes());
                    out.outcome()
                }
            },
        })
    }
}
