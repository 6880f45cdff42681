//! What is asked of a parsed pattern: that it means bytes, and how large its automaton gets.

use regex_syntax::ast::{
    self, Ast, ClassSet, ClassSetItem, Flag, FlagsItemKind, LiteralKind, RepetitionKind,
    RepetitionRange,
};

use super::unicode;
use crate::key::KeyProblem;

/// Refuses everything that would switch Unicode on.
pub(super) struct NoUnicode {
    /// Where the pattern starts in its key.
    pub(super) from: usize,
}

impl NoUnicode {
    fn refuse(&self, span: &ast::Span) -> KeyProblem {
        unicode(self.from + span.start.offset, self.from + span.end.offset)
    }

    fn literal(&self, literal: &ast::Literal) -> Result<(), KeyProblem> {
        let byte = matches!(literal.kind, LiteralKind::HexFixed(ast::HexLiteralKind::X));
        if literal.c.is_ascii() || byte {
            Ok(())
        } else {
            Err(self.refuse(&literal.span))
        }
    }

    fn flags(&self, flags: &ast::Flags) -> Result<(), KeyProblem> {
        if flags.flag_state(Flag::Unicode) == Some(true) {
            let span = flags
                .items
                .iter()
                .find(|item| item.kind == FlagsItemKind::Flag(Flag::Unicode))
                .map_or(&flags.span, |item| &item.span);
            return Err(self.refuse(span));
        }
        Ok(())
    }
}

impl ast::Visitor for NoUnicode {
    type Output = ();
    type Err = KeyProblem;

    fn finish(self) -> Result<(), KeyProblem> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), KeyProblem> {
        match ast {
            Ast::Flags(set) => self.flags(&set.flags),
            Ast::Group(group) => match &group.kind {
                ast::GroupKind::NonCapturing(flags) => self.flags(flags),
                _ => Ok(()),
            },
            Ast::Literal(literal) => self.literal(literal),
            Ast::ClassUnicode(class) => Err(self.refuse(&class.span)),
            _ => Ok(()),
        }
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), KeyProblem> {
        match item {
            ClassSetItem::Literal(literal) => self.literal(literal),
            ClassSetItem::Range(range) => {
                self.literal(&range.start)?;
                self.literal(&range.end)
            }
            ClassSetItem::Unicode(class) => Err(self.refuse(&class.span)),
            _ => Ok(()),
        }
    }
}

/// An upper bound on states and transitions of the automaton. The nesting is limited, so recursion
/// is.
pub(super) fn size(ast: &Ast) -> u64 {
    match ast {
        Ast::Empty(_) | Ast::Flags(_) | Ast::Assertion(_) => 1,
        Ast::Literal(_) => 2,
        Ast::Dot(_) => 3,
        Ast::ClassUnicode(_) | Ast::ClassPerl(_) => CLASS_SIZE,
        Ast::ClassBracketed(class) => set_size(&class.kind).saturating_add(1),
        Ast::Group(group) => size(&group.ast).saturating_add(2),
        Ast::Alternation(alternation) => parts(&alternation.asts),
        Ast::Concat(concat) => parts(&concat.asts),
        Ast::Repetition(repetition) => {
            let times = match &repetition.op.kind {
                RepetitionKind::Range(
                    RepetitionRange::Exactly(n)
                    | RepetitionRange::AtLeast(n)
                    | RepetitionRange::Bounded(_, n),
                ) => u64::from(*n).max(1),
                _ => 1,
            };
            size(&repetition.ast)
                .saturating_add(1)
                .saturating_mul(times)
                .saturating_add(1)
        }
    }
}

fn parts(asts: &[Ast]) -> u64 {
    asts.iter().fold(asts.len() as u64 + 1, |sum, part| {
        sum.saturating_add(size(part))
    })
}

/// `\w` and its like, and `[:alpha:]`.
const CLASS_SIZE: u64 = 6;

fn set_size(set: &ClassSet) -> u64 {
    match set {
        ClassSet::Item(item) => item_size(item),
        ClassSet::BinaryOp(operation) => {
            set_size(&operation.lhs).saturating_add(set_size(&operation.rhs))
        }
    }
}

fn item_size(item: &ClassSetItem) -> u64 {
    match item {
        ClassSetItem::Empty(_) => 1,
        ClassSetItem::Literal(_) | ClassSetItem::Range(_) => 1,
        ClassSetItem::Ascii(_) | ClassSetItem::Perl(_) | ClassSetItem::Unicode(_) => CLASS_SIZE,
        ClassSetItem::Bracketed(class) => set_size(&class.kind).saturating_add(1),
        ClassSetItem::Union(union) => union
            .items
            .iter()
            .fold(0, |sum, item| sum.saturating_add(item_size(item))),
    }
}
