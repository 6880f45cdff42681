//! A new author writes a whole plan with completion alone: items, Enter, and nothing else.

mod common;

use byteor_pipeline_language::complete;
use byteor_pipeline_lower::{LowerOptions, lower_v2};
use byteor_pipeline_plan::{Diagnostics, parse, validate_plan_v2};
use common::{GRAPH, accept};

struct Author {
    text: String,
    at: u32,
}

impl Author {
    /// Accepts what `choose` names; an empty name means the first that is offered.
    fn accept(&mut self, label: &str) -> String {
        let list = complete(&self.text, GRAPH, self.at);
        let item = list
            .items
            .iter()
            .find(|item| label.is_empty() || item.label == label)
            .unwrap_or_else(|| panic!("no `{label}` after:\n{}\n{:?}", self.text, list.items));
        let taken = item.label.clone();
        let (text, at) = accept(&self.text, &list, item);
        (self.text, self.at) = (text, at);
        taken
    }

    fn enter(&mut self) {
        self.text.insert(self.at as usize, '\n');
        self.at += 1;
    }

    fn space(&mut self) {
        self.text.insert(self.at as usize, ' ');
        self.at += 1;
    }
}

#[test]
fn ten_stages_of_a_lane_graph_from_an_empty_document() {
    let mut author = Author {
        text: String::new(),
        at: 0,
    };
    author.accept("pipeline");
    author.accept("");
    author.enter();
    author.accept("ingress");
    author.accept("");
    author.enter();
    for number in 0..10 {
        author.accept("stage");
        let id = author.accept(
            ["identity", "keep", "drop", "replace"]
                .get(number)
                .unwrap_or(&""),
        );
        assert!(!id.is_empty());
        author.accept("");
        author.enter();
    }
    author.accept("egress");
    author.accept("");
    author.enter();
    // The first id that is offered is the ingress; what follows an arrow is what isn't connected.
    author.accept("in");
    for _ in 0..11 {
        author.accept("->");
        author.accept("");
        author.space();
    }
    author.enter();
    author.accept("lane_graph");
    author.accept("on_full");
    author.accept("block");

    let mut diagnostics = Diagnostics::default();
    let document = parse(&author.text, &mut diagnostics);
    let plan = validate_plan_v2(&document, GRAPH, &mut diagnostics);
    let said = diagnostics.finish(&author.text);
    let plan = plan.unwrap_or_else(|| panic!("{}\n{said:#?}", author.text));
    let lowered = lower_v2(&plan, GRAPH, LowerOptions::default()).expect("it lowers");
    assert_eq!(lowered.spec.stages().len(), 10, "{}", author.text);
}
