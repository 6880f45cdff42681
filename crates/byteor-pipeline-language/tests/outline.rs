//! The outline.

mod common;

use byteor_pipeline_language::outline;
use common::ORDERS;

#[test]
fn everything_that_is_declared_in_the_order_of_the_text() {
    let lines: Vec<String> = outline(ORDERS)
        .iter()
        .map(|item| {
            assert!(item.span.start <= item.name_span.start && item.name_span.end <= item.span.end);
            format!(
                "{}{:?} {} {}",
                "  ".repeat(item.depth as usize),
                item.kind,
                item.name,
                item.detail
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "Pipeline orders ",
            "Ingress in ",
            "Stage parse keep:^\\{",
            "Stage quiet drop:level=debug",
            "Stage mask replace:[^ ]+@[^ ]+=***",
            "Egress out ",
            "Chain in → parse → quiet → mask → out ",
            "Block single_ring ",
            "  Setting ordering strict",
            "Block lane_graph ",
            "  Setting on_full block",
            "  Setting ingress events",
            "  Setting egress events",
        ]
    );
}
