//! Golden KV texts: every key of both forms, with the hash that they have for ever.

use byteor_pipeline_spec::*;

const GOLDEN: [(&str, &str, &str); 2] = [
    (
        "ring.kv",
        include_str!("golden/ring.kv"),
        "sha256:473e58dcd1b832475c9cb24ebfbb3897c11835dec7f5dd05fcc880dcc33612a5",
    ),
    (
        "graph.kv",
        include_str!("golden/graph.kv"),
        "sha256:d5949ba5b059b86c4a6d86c2274eb2d7053ffba28c28e61904366974a3597c88",
    ),
];

#[test]
fn golden_texts_are_canonical_and_keep_their_hash() {
    for (name, text, hash) in GOLDEN {
        let spec = decode_kv_v1(text).unwrap();
        assert_eq!(validate_v1(&spec), [], "{name}");
        assert_eq!(encode_kv_v1(&spec), text, "{name}");
        assert_eq!(spec_hash(&spec), hash, "{name}");
    }
}

#[test]
fn the_order_of_lines_and_a_last_line_feed_say_nothing() {
    for (name, text, _) in GOLDEN {
        let spec = decode_kv_v1(text).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.reverse();
        assert_eq!(decode_kv_v1(&lines.join("\n")).unwrap(), spec, "{name}");
        lines.sort_unstable();
        assert_eq!(decode_kv_v1(&lines.join("\n")).unwrap(), spec, "{name}");
    }
}

#[test]
fn every_line_of_a_golden_text_is_needed() {
    // Nothing has a default: a text without one of its lines is refused, or is another spec.
    for (name, text, _) in GOLDEN {
        let spec = decode_kv_v1(text).unwrap();
        for left_out in 0..text.lines().count() {
            let rest: String = text
                .lines()
                .enumerate()
                .filter(|(at, _)| *at != left_out)
                .map(|(_, line)| format!("{line}\n"))
                .collect();
            let same = decode_kv_v1(&rest).is_ok_and(|other| other == spec);
            assert!(!same, "{name} without line {}", left_out + 1);
        }
    }
}
