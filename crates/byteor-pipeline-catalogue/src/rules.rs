//! What has to be known of a family to read its keys: the catalogue without its prose.

use crate::model::{PARAMETERS_MAX, ParameterKind, StageClass, StageFamily, StageParameter};

/// The rules of a family's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRules {
    /// The family's name.
    pub name: &'static str,
    /// Grammar of the keys: capitals are parameters, brackets hold what may be left out.
    pub key_grammar: &'static str,
    /// What the family may do to a record.
    pub class: StageClass,
    /// The capability that a credential must grant; `None` for pure stages.
    pub capability: Option<&'static str>,
    /// Whether this build can run it.
    pub runs: bool,
    /// The first example of a key.
    pub example: &'static str,
    parameters: [ParameterRules; PARAMETERS_MAX],
    count: usize,
}

/// The rules of one parameter; see [`StageParameter`] for what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterRules {
    /// Name, as it stands in the key grammar.
    pub name: &'static str,
    /// What it is.
    pub kind: ParameterKind,
    /// The one character that stands before it in the key.
    pub separator: char,
    /// Whether it may be left out, with its separator.
    pub optional: bool,
    /// What it is where it was left out.
    pub default: Option<&'static str>,
    /// Whether it may be written and be empty.
    pub may_be_empty: bool,
    /// The least number.
    pub min: u32,
    /// The greatest number.
    pub max: u32,
    /// What it may be.
    pub choices: &'static [&'static str],
    /// A value to start from.
    pub example: &'static str,
}

impl ParameterRules {
    const fn of(parameter: &StageParameter) -> Self {
        Self {
            name: parameter.name,
            kind: parameter.kind,
            separator: parameter.separator,
            optional: parameter.optional,
            default: parameter.default,
            may_be_empty: parameter.may_be_empty,
            min: parameter.min,
            max: parameter.max,
            choices: parameter.choices,
            example: parameter.example,
        }
    }
}

impl KeyRules {
    /// What stays of a family without its prose. Runs when the program is compiled.
    pub(crate) const fn of(family: &StageFamily) -> Self {
        let mut parameters = [ParameterRules::of(&crate::families::PARAMETER); PARAMETERS_MAX];
        let mut at = 0;
        while at < family.parameters.len() {
            parameters[at] = ParameterRules::of(&family.parameters[at]);
            at += 1;
        }
        Self {
            name: family.name,
            key_grammar: family.key_grammar,
            class: family.class,
            capability: family.capability,
            runs: family.runs,
            example: family.examples[0].key,
            parameters,
            count: family.parameters.len(),
        }
    }

    /// The parameters, in the order of the key.
    pub fn parameters(&self) -> &[ParameterRules] {
        &self.parameters[..self.count]
    }
}
