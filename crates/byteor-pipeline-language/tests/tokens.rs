//! Semantic tokens.

mod common;

use byteor_pipeline_language::{TOKEN_MODIFIERS, TOKEN_TYPES, semantic_tokens};

/// Each token as `text:type.modifier`, spaces between.
fn tokens(text: &str) -> String {
    let lines: Vec<Vec<u16>> = text
        .split('\n')
        .map(|line| line.encode_utf16().collect())
        .collect();
    let (mut line, mut column) = (0, 0);
    let mut out = Vec::new();
    for token in semantic_tokens(text).chunks(5) {
        column = if token[0] == 0 {
            column + token[1]
        } else {
            token[1]
        };
        line += token[0];
        let place = column as usize..(column + token[2]) as usize;
        let mut shown = String::from_utf16(&lines[line as usize][place]).unwrap();
        shown.push(':');
        shown.push_str(TOKEN_TYPES[token[3] as usize]);
        for (at, name) in TOKEN_MODIFIERS.iter().enumerate() {
            if token[4] & (1 << at) != 0 {
                shown.push('.');
                shown.push_str(name);
            }
        }
        out.push(shown);
    }
    out.join(" ")
}

#[test]
fn statements() {
    assert_eq!(
        tokens("pipeline a\ndescription \"é — x\" # süß\ningress in"),
        "pipeline:keyword a:name.declaration description:keyword \"é — x\":string # süß:comment \
         ingress:keyword in:boundary.declaration"
    );
}

#[test]
fn keys_show_their_parts() {
    assert_eq!(
        tokens("stage a replace:x\\=y=z"),
        "stage:keyword a:stage.declaration replace:family ::operator.delimiter x\\=y:string \
         =:operator.delimiter z:string"
    );
    assert_eq!(
        tokens("stage a \"keep:a\"\"b\""),
        "stage:keyword a:stage.declaration \":string.delimiter keep:family ::operator.delimiter \
         a\"\"b:string \":string.delimiter"
    );
    assert_eq!(
        tokens("stage a kep:x"),
        "stage:keyword a:stage.declaration kep:family.unresolved :x:string"
    );
}

#[test]
fn connections_show_what_is_declared() {
    assert_eq!(
        tokens("stage a identity\ningress in\nin -[sequenced_slots 64]-> a -> b"),
        "stage:keyword a:stage.declaration identity:family ingress:keyword in:boundary.declaration \
         in:boundary -[:operator sequenced_slots:value 64:value ]->:operator a:stage ->:operator \
         b:stage.unresolved"
    );
}

#[test]
fn settings_and_second_declarations() {
    assert_eq!(
        tokens("lane_graph { on_full block }\nstage a identity\nstage a identity"),
        "lane_graph:keyword on_full:parameter block:value stage:keyword a:stage.declaration \
         identity:family stage:keyword a:stage.declaration.unresolved identity:family"
    );
}

#[test]
fn ids_in_settings() {
    assert_eq!(
        tokens("lane_graph { merge a priority b }\nstage a identity"),
        "lane_graph:keyword merge:parameter a:stage priority:value b:stage.unresolved stage:keyword \
         a:stage.declaration identity:family"
    );
}
