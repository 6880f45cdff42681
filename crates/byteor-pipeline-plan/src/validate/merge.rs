//! `merge ID POLICY [ID…]`: how one element of a lane graph takes records from several lanes.

use std::collections::HashSet;

use byteor_pipeline_catalogue::nearest;
use byteor_pipeline_spec::MergePolicy;

use super::{Check, Kind};
use crate::{Diagnostic, Name, Phase, Setting, TextEdit};

/// What such a setting says; elements by their places in the check's list.
pub(super) struct Merge {
    pub(super) element: usize,
    pub(super) policy: MergePolicy,
    pub(super) first: Vec<usize>,
}

impl<'d> Check<'d, '_, '_> {
    /// Reads all such settings; whatever is wrong in one is said, and the rest of it stays.
    pub(super) fn merges(&mut self, settings: &[&Setting<'_>]) -> Vec<Merge> {
        let mut merges = Vec::new();
        if settings.is_empty() {
            return merges;
        }
        // The ids that each element takes records from.
        let mut inputs: Vec<HashSet<&str>> = Vec::new();
        inputs.resize_with(self.elements.len(), HashSet::new);
        for link in &self.links {
            inputs[link.to].insert(self.elements[link.from].id);
        }
        for setting in settings {
            merges.extend(self.merge_of_one(setting, &inputs));
        }
        merges
    }

    fn merge_of_one(
        &mut self,
        setting: &Setting<'_>,
        inputs: &[HashSet<&'d str>],
    ) -> Option<Merge> {
        let words = setting.words(self.document.text);
        let [element, policy, listed @ ..] = words.as_slice() else {
            return None;
        };
        let at = self.by_id.get(element.text).map(|&at| at as usize);
        let inputs = self.merged(setting, element, at, inputs);
        let Some(policy_value) = MergePolicy::from_name(policy.text) else {
            self.merge_policy(setting, policy);
            return None;
        };
        if policy_value == MergePolicy::RoundRobin
            && let (Some(first), Some(last)) = (listed.first(), listed.last())
        {
            let end = first.span.start as usize;
            let gap = self.document.text[..end]
                .trim_end_matches([' ', '\t'])
                .len();
            self.out.push(
                Diagnostic::new(
                    "E_MERGE_ORDER",
                    Phase::Semantic,
                    crate::Span {
                        start: first.span.start,
                        end: last.span.end,
                    },
                    "`round_robin` takes one record from each lane in turn, so a list of ids has no meaning",
                )
                .help("Leave the list out, or ask for `priority`")
                .element(element.text)
                .fix(
                    "Leave the list out",
                    Some(vec![TextEdit::new(gap, last.span.end as usize, "")]),
                )
                .fix(
                    "Change to `priority`",
                    Some(vec![replace(policy, "priority")]),
                ),
            );
        }
        let mut first = Vec::new();
        let mut seen = HashSet::new();
        for name in listed {
            if !seen.insert(name.text) {
                self.merge_listed_twice(name, element);
            } else if let Some(inputs) = inputs
                && !inputs.contains(name.text)
            {
                self.merge_input(name, element, inputs);
            } else {
                first.extend(self.by_id.get(name.text).map(|&at| at as usize));
            }
        }
        inputs?;
        Some(Merge {
            element: at?,
            policy: policy_value,
            first,
        })
    }

    /// The ids that an element takes records from, where they are several.
    fn merged<'i>(
        &mut self,
        setting: &Setting<'_>,
        name: &Name<'_>,
        at: Option<usize>,
        inputs: &'i [HashSet<&'d str>],
    ) -> Option<&'i HashSet<&'d str>> {
        let Some(at) = at.filter(|&at| self.elements[at].kind != Kind::Ingress) else {
            let what = if at.is_some() {
                "is an ingress, which reads no lane"
            } else {
                "is no stage and no egress of this plan"
            };
            let near = self.near(
                name.text,
                self.elements
                    .iter()
                    .filter(|element| element.kind != Kind::Ingress)
                    .map(|element| element.id),
            );
            let mut diagnostic = Diagnostic::new(
                "E_MERGE_ELEMENT",
                Phase::Structural,
                name.span,
                format!("`merge {0} …`: `{0}` {what}", name.text),
            )
            .arg("id", name.text)
            .help("Name a stage or an egress that several elements connect to");
            if let Some(near) = near {
                diagnostic = diagnostic.fix(
                    format!("Change to `{near}`"),
                    Some(vec![replace(name, near)]),
                );
            }
            let edits = self.without(setting);
            self.out
                .push(diagnostic.fix("Remove the setting", Some(edits)));
            return None;
        };
        let inputs = &inputs[at];
        if inputs.len() < 2 && !self.fed_by_unknown[at] {
            let edits = self.without(setting);
            self.out.push(
                Diagnostic::new(
                    "E_MERGE_SINGLE",
                    Phase::Semantic,
                    name.span,
                    format!(
                        "`{}` takes records from {}, so there is nothing to merge",
                        name.text,
                        if inputs.is_empty() {
                            "nowhere"
                        } else {
                            "one element"
                        }
                    ),
                )
                .arg("id", name.text)
                .help("Connect a second element to it, or remove the setting")
                .element(name.text)
                .fix("Remove the setting", Some(edits)),
            );
            return None;
        }
        Some(inputs)
    }

    fn merge_policy(&mut self, setting: &Setting<'_>, policy: &Name<'_>) {
        let mut diagnostic = Diagnostic::new(
            "E_SETTING_VALUE",
            Phase::Structural,
            policy.span,
            format!("`{}` is no merge policy", policy.text),
        )
        .arg("setting", setting.name.text)
        .arg("value", policy.text)
        .arg("expected", "round_robin or priority")
        .help("Write `merge POLICY` for all, or `merge ID POLICY` for one element; the policies are round_robin and priority");
        // `merge priority a b` forgets the element.
        if MergePolicy::from_name(setting.subject().1.unwrap_or("")).is_none() {
            let near = nearest(policy.text, MergePolicy::NAMES.iter().copied());
            for choice in MergePolicy::NAMES {
                if near.is_none_or(|near| near == *choice) {
                    diagnostic = diagnostic.fix(
                        format!("Change to `{choice}`"),
                        Some(vec![replace(policy, choice)]),
                    );
                }
            }
        }
        self.out.push(diagnostic);
    }

    fn merge_input(&mut self, name: &Name<'_>, element: &Name<'_>, inputs: &HashSet<&'d str>) {
        let near = self.near(name.text, inputs.iter().copied());
        let mut diagnostic = Diagnostic::new(
            "E_MERGE_INPUT",
            Phase::Semantic,
            name.span,
            format!("`{}` isn't connected to `{}`", name.text, element.text),
        )
        .arg("id", name.text)
        .arg("element", element.text)
        .help("The list names elements that connect to it, the most urgent first")
        .element(element.text);
        if let Some(near) = near {
            diagnostic = diagnostic.fix(
                format!("Change to `{near}`"),
                Some(vec![replace(name, near)]),
            );
        }
        self.out
            .push(diagnostic.fix("Take it out of the list", self.without_word(name)));
    }

    fn merge_listed_twice(&mut self, name: &Name<'_>, element: &Name<'_>) {
        let fix = self.without_word(name);
        self.out.push(
            Diagnostic::new(
                "E_MERGE_DUPLICATE",
                Phase::Semantic,
                name.span,
                format!("`{}` stands in the list twice", name.text),
            )
            .arg("id", name.text)
            .help("Name each element once, the most urgent first")
            .element(element.text)
            .fix("Take it out of the list", fix),
        );
    }

    /// What a word probably means; nothing is looked for once nobody will see it.
    fn near<'c>(&self, word: &str, known: impl Iterator<Item = &'c str>) -> Option<&'c str> {
        if self.out.full() {
            None
        } else {
            nearest(word, known)
        }
    }

    /// Removes a word with the spaces before it.
    fn without_word(&self, name: &Name<'_>) -> Option<Vec<TextEdit>> {
        let before = &self.document.text[..name.span.start as usize];
        Some(vec![TextEdit::new(
            before.trim_end_matches([' ', '\t']).len(),
            name.span.end as usize,
            "",
        )])
    }
}

fn replace(name: &Name<'_>, text: &str) -> TextEdit {
    TextEdit {
        start: name.span.start,
        end: name.span.end,
        text: text.to_owned(),
    }
}
