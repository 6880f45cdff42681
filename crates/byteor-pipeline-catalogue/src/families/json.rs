//! Stages for records that are JSON objects.

use super::PARAMETER;
use crate::model::{KeyExample, ParameterKind, StageClass, StageFamily, StageParameter, Words};

const GROUP: &str = "JSON objects";

const FIELDS: StageParameter = StageParameter {
    name: "FIELDS",
    kind: ParameterKind::Fields,
    example: "user.email,card",
    doc: "One or several fields, separated by commas. A dot leads into an object (`user.email`). A backslash makes a dot, comma, colon, equals sign or backslash part of a name (`a\\.b`); bytes outside ASCII are written `\\xNN`.",
    ..PARAMETER
};

const FIELD: StageParameter = StageParameter {
    name: "FIELD",
    kind: ParameterKind::Field,
    example: "user.email",
    doc: "One field. A dot leads into an object (`user.email`). A backslash makes a dot, comma, colon, equals sign or backslash part of a name (`a\\.b`); bytes outside ASCII are written `\\xNN`.",
    ..PARAMETER
};

pub(super) const REQUIRE: StageFamily = StageFamily {
    name: "json_require",
    title: "Require JSON fields",
    group: GROUP,
    key_grammar: "json_require:FIELDS",
    template: "json_require:id",
    class: StageClass::Filters,
    capability: None,
    runs: true,
    summary: "Keeps the JSON objects that have all the fields, and drops every other record.",
    docs: "Keeps the records that are JSON objects and have every one of FIELDS, whatever its value (`null` counts), and drops the others, also those that are no JSON objects.",
    cost: "One pass of the JSON parser over the record.",
    does: Words::of("keeps only the JSON objects that have {0}"),
    says: Words::of("Keeps objects with {0}"),
    fact: Words::of("{0}"),
    often_next: &["json_mask", "json_drop", "dedupe"],
    parameters: &[FIELDS],
    examples: &[KeyExample {
        key: "json_require:id,user.email",
        does: "keeps the objects that have both fields",
        input: &[
            "{\"id\":1,\"user\":{\"email\":null}}",
            "{\"id\":2}",
            "starting up",
        ],
        output: &["{\"id\":1,\"user\":{\"email\":null}}"],
    }],
};

pub(super) const DROP: StageFamily = StageFamily {
    name: "json_drop",
    title: "Drop JSON fields",
    group: GROUP,
    key_grammar: "json_drop:FIELDS",
    template: "json_drop:password",
    class: StageClass::Rewrites,
    capability: None,
    runs: true,
    summary: "Takes fields out of JSON objects.",
    docs: "Takes every one of FIELDS out of the object, each with one comma; all other bytes stay as they are. A field that isn't there is no error. A record that is no JSON object is rejected: counted, with the original in the reject file.",
    cost: "One pass of the JSON parser over the record, and one for each level that a path leads into.",
    does: Words::of("takes {0} out of JSON objects"),
    says: Words::of("Takes out {0}"),
    fact: Words::of("no {0}"),
    often_next: &["json_rename", "json_mask", "http_post"],
    parameters: &[FIELDS],
    examples: &[KeyExample {
        key: "json_drop:password,user.card",
        does: "takes two fields out",
        input: &["{\"id\": 1, \"password\": \"x\", \"user\": {\"card\": 4, \"name\": \"Ada\"}}"],
        output: &["{\"id\": 1, \"user\": {\"name\": \"Ada\"}}"],
    }],
};

pub(super) const KEEP: StageFamily = StageFamily {
    name: "json_keep",
    title: "Keep JSON fields",
    group: GROUP,
    key_grammar: "json_keep:FIELDS",
    template: "json_keep:id",
    class: StageClass::Rewrites,
    capability: None,
    runs: true,
    summary: "Takes all other fields out of JSON objects.",
    docs: "Keeps FIELDS, with the objects that they stand in, and takes every other field out; the order of the fields and all bytes of those that stay are as they were. An object of which nothing stays is left empty (`{}`). A record that is no JSON object is rejected: counted, with the original in the reject file.",
    cost: "One pass of the JSON parser over the record, and one for each level that a path leads into.",
    does: Words::of("keeps only {0} of JSON objects"),
    says: Words::of("Keeps only {0}"),
    fact: Words::of("only {0}"),
    often_next: &["json_rename", "json_mask", "http_post"],
    parameters: &[FIELDS],
    examples: &[KeyExample {
        key: "json_keep:id,user.name",
        does: "keeps two fields",
        input: &["{\"id\":1,\"at\":17,\"user\":{\"card\":4,\"name\":\"Ada\"}}"],
        output: &["{\"id\":1,\"user\":{\"name\":\"Ada\"}}"],
    }],
};

pub(super) const RENAME: StageFamily = StageFamily {
    name: "json_rename",
    title: "Rename a JSON field",
    group: GROUP,
    key_grammar: "json_rename:FIELD=NAME",
    template: "json_rename:msg=message",
    class: StageClass::Rewrites,
    capability: None,
    runs: true,
    summary: "Gives a field of JSON objects another name.",
    docs: "Gives FIELD the name NAME, in its place, with its value as it is. Where the object has a field NAME already, that one is taken out. An object without FIELD passes on unchanged. A record that is no JSON object is rejected: counted, with the original in the reject file.",
    cost: "Two passes of the JSON parser over the record, and one for each level that the path leads into.",
    does: Words::of("renames the field {0} of JSON objects to {1}"),
    says: Words::of("Renames {0} to {1}"),
    fact: Words::of("{0} → {1}"),
    often_next: &["json_rename", "json_mask", "json_drop"],
    parameters: &[
        StageParameter {
            example: "user.mail",
            ..FIELD
        },
        StageParameter {
            name: "NAME",
            kind: ParameterKind::FieldName,
            separator: '=',
            example: "email",
            doc: "The new name: one name, no path. The escapes are those of FIELD.",
            ..PARAMETER
        },
    ],
    examples: &[KeyExample {
        key: "json_rename:user.mail=email",
        does: "renames a field inside an object",
        input: &["{\"user\":{\"mail\":\"a@b\",\"n\":1}}"],
        output: &["{\"user\":{\"email\":\"a@b\",\"n\":1}}"],
    }],
};

pub(super) const MASK: StageFamily = StageFamily {
    name: "json_mask",
    title: "Mask JSON fields",
    group: GROUP,
    key_grammar: "json_mask:FIELDS[=TEXT]",
    template: "json_mask:email",
    class: StageClass::Rewrites,
    capability: None,
    runs: true,
    summary: "Replaces the values of fields of JSON objects by a text.",
    docs: "Replaces the value of every one of FIELDS, whatever it is, by the JSON string TEXT, `\"***\"` unless the key says another. Where a name stands twice, both values are masked. A field that isn't there is no error. A record that is no JSON object is rejected and never passes on unmasked: counted, with the original in the reject file.",
    cost: "One pass of the JSON parser over the record, and one for each level that a path leads into.",
    does: Words::of("replaces the values of {0} in JSON objects by {1}")
        .empty("empties the values of {0} in JSON objects"),
    says: Words::of("Masks {0} with {1}").empty("Empties {0}"),
    fact: Words::of("{0}"),
    often_next: &["json_hash", "json_drop", "http_post"],
    parameters: &[
        FIELDS,
        StageParameter {
            name: "TEXT",
            separator: '=',
            optional: true,
            default: Some("***"),
            may_be_empty: true,
            example: "***",
            doc: "What stands in the place of the value, as a JSON string. Literal; may be empty.",
            ..PARAMETER
        },
    ],
    examples: &[
        KeyExample {
            key: "json_mask:user.email,card",
            does: "masks two fields",
            input: &["{\"card\": 4111, \"user\": {\"email\": \"a@b\"}}"],
            output: &["{\"card\": \"***\", \"user\": {\"email\": \"***\"}}"],
        },
        KeyExample {
            key: "json_mask:email=hidden",
            does: "masks a field with another text",
            input: &["{\"email\":\"a@b\",\"id\":1}"],
            output: &["{\"email\":\"hidden\",\"id\":1}"],
        },
    ],
};

pub(super) const HASH: StageFamily = StageFamily {
    name: "json_hash",
    title: "Hash JSON fields",
    group: GROUP,
    key_grammar: "json_hash:FIELDS=ALGORITHM:SECRET",
    template: "json_hash:user_id=hmac_sha256:pii",
    class: StageClass::Rewrites,
    capability: None,
    runs: true,
    summary: "Replaces the values of fields of JSON objects by a keyed hash.",
    docs: "Replaces the value of every one of FIELDS by its keyed hash, as a JSON string of lower case hexadecimal digits: equal values stay equal, and nobody without the secret can guess them. Hashed are the characters of a string as UTF-8, whatever their escapes, and the text of any other value as it stands; `null` stays `null`. SECRET is the name of a secret: its value never stands in a plan; the config bundle says in which file it is. A record that is no JSON object is rejected and never passes on unhashed: counted, with the original in the reject file.",
    cost: "One pass of the JSON parser over the record, one for each level that a path leads into, and about a microsecond for each hash.",
    does: Words::of("replaces the values of {0} in JSON objects by their {1} under the secret {2}"),
    says: Words::of("Hashes {0} with key {2}"),
    fact: Words::of("{0}"),
    often_next: &["json_mask", "json_drop", "http_post"],
    parameters: &[
        StageParameter {
            example: "user.id",
            ..FIELDS
        },
        StageParameter {
            name: "ALGORITHM",
            kind: ParameterKind::Choice,
            separator: '=',
            choices: &["hmac_sha256", "hmac_sha512"],
            example: "hmac_sha256",
            doc: "`hmac_sha256` gives 64 digits, `hmac_sha512` gives 128.",
            ..PARAMETER
        },
        StageParameter {
            name: "SECRET",
            kind: ParameterKind::Secret,
            example: "pii",
            doc: "The name of the secret in the config bundle: a small letter, then small letters, digits and underscores.",
            ..PARAMETER
        },
    ],
    examples: &[KeyExample {
        key: "json_hash:user=hmac_sha256:pii",
        does: "hashes a field; the secret of this example is the text `example`",
        input: &["{\"user\":\"ada\",\"n\":1}"],
        output: &[
            "{\"user\":\"94f8ec43530792b67e97a343762960cf08518d1c8193d0c468e71a4886f135f3\",\"n\":1}",
        ],
    }],
};

pub(super) const EXTRACT: StageFamily = StageFamily {
    name: "json_extract",
    title: "Extract a JSON field",
    group: GROUP,
    key_grammar: "json_extract:FIELD",
    template: "json_extract:message",
    class: StageClass::Rewrites,
    capability: None,
    runs: true,
    summary: "Makes the value of one field the whole record.",
    docs: "Makes the value of FIELD the record: the characters of a string as UTF-8, without quotes and escapes, and the text of any other value as it stands, as `jq -r` does. Where a name stands twice, the last one counts. An object without FIELD is dropped. A record that is no JSON object is rejected: counted, with the original in the reject file.",
    cost: "One pass of the JSON parser over the record, and one for each level that the path leads into.",
    does: Words::of("makes the value of {0} the record, and drops JSON objects without it"),
    says: Words::of("Makes {0} the record"),
    fact: Words::of("{0}"),
    often_next: &["keep", "split", "replace"],
    parameters: &[StageParameter {
        example: "message",
        ..FIELD
    }],
    examples: &[KeyExample {
        key: "json_extract:log.message",
        does: "keeps the message alone",
        input: &["{\"log\":{\"message\":\"disk full\"}}", "{\"log\":{}}"],
        output: &["disk full"],
    }],
};
