//! The pages of the command lines, `docs/spec/cli*.md`, from the definitions that `--help` comes
//! from.

use std::fmt::Write as _;

use clap::{Arg, Command};

/// A page: of which binary, and what stands around its verbs.
struct Page {
    /// Where it stands, from the root of the project.
    file: &'static str,
    title: &'static str,
    command: fn() -> Command,
    tail: fn() -> String,
}

const PAGES: [Page; 3] = [
    Page {
        file: "docs/spec/cli.md",
        title: "Command line",
        command: byteor_runtime::cli::command::<byteor_runtime::binary::Runtime>,
        tail: runtime_tail,
    },
    Page {
        file: "docs/spec/cli-edgeplane.md",
        title: "Command line of byteor-edgeplane",
        command: byteor_runtime::cli::command::<byteor_edgeplane::cli::EdgePlane>,
        tail: || {
            "\n`validate` to `replay` are those of [byteor-runtime](cli.md), with its files, its \
             answers in JSON and its [codes](cli.md#codes).\n"
                .to_owned()
        },
    },
    Page {
        file: "docs/spec/cli-agent.md",
        title: "Command line of byteor-agent",
        command: byteor_agent::cli::command,
        tail: || {
            "\nWhat it says to the control plane and what it does with a deployment: [agent \
             protocol](agent-protocol.md).\n"
                .to_owned()
        },
    },
];

const HOOK: &str = "\
## In a Git hook

[docs/examples/pre-commit](../examples/pre-commit) keeps the plans and specs of a repository formatted and valid: it looks at what is about to be committed.
";

/// The files, each with its text.
pub fn pages() -> impl Iterator<Item = (&'static str, String)> {
    PAGES.iter().map(|one| (one.file, page(one)))
}

fn runtime_tail() -> String {
    let mut text =
        "\n## Codes\n\nWhat the compiler says of plans and specs has its paragraphs among \
                    the [rules](rules/README.md); these are the codes of the command line itself.\n"
            .to_owned();
    for code in byteor_runtime::codes::CODES {
        let _ = write!(text, "\n### {}\n\n{}\n", code.code, code.text);
    }
    text.push('\n');
    text.push_str(HOOK);
    text
}

fn page(one: &Page) -> String {
    let mut command = (one.command)();
    command.build();
    let mut page = format!(
        "<!-- Generated from crates/{} by `cargo run -p xtask -- codegen`. Don't edit. -->\n\n# {}\n\n",
        command.get_name(),
        one.title
    );
    let _ = writeln!(page, "{}", about(&command));
    let _ = write!(page, "\n| verb | what it does |\n| --- | --- |\n");
    let verbs = || {
        command
            .get_subcommands()
            .filter(|verb| verb.get_name() != "help")
    };
    for verb in verbs() {
        let name = verb.get_name();
        let short = verb.get_about().map(ToString::to_string);
        let _ = writeln!(
            page,
            "| [`{name}`](#{name}) | {} |",
            short.unwrap_or_default()
        );
    }
    // Written as `--help` writes it: what stands in columns there stands so here.
    if let Some(after) = command.get_after_long_help() {
        let _ = write!(page, "\n```text\n{}\n```\n", after.to_string().trim_end());
    }
    for verb in verbs() {
        write_verb(&mut page, verb.clone());
    }
    page.push_str(&(one.tail)());
    page
}

fn about(command: &Command) -> String {
    let text = command.get_long_about().or_else(|| command.get_about());
    text.map(ToString::to_string).unwrap_or_default()
}

fn write_verb(page: &mut String, mut verb: Command) {
    let usage = verb.render_usage().to_string();
    let _ = write!(page, "\n## {}\n\n{}\n", verb.get_name(), about(&verb));
    let usage = usage.trim_start_matches("Usage: ");
    let _ = write!(page, "\n```sh\n{usage}\n```\n");
    page.push_str("\n| argument | meaning |\n| --- | --- |\n");
    for argument in verb.get_arguments().filter(|one| one.get_id() != "help") {
        let help = argument.get_long_help().or_else(|| argument.get_help());
        let help = help.map(ToString::to_string).unwrap_or_default();
        let help = help.replace('\n', " ").replace('|', "\\|");
        let _ = writeln!(
            page,
            "| `{}` | {help}{} |",
            form(argument),
            default(argument)
        );
    }
}

/// As it is written in a command.
fn form(argument: &Arg) -> String {
    let values: Vec<String> = argument
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .map(|name| name.replace('|', "\\|"))
        .collect();
    let value = values.join(" ");
    match argument.get_long() {
        None => value,
        Some(long) if argument.get_action().takes_values() => format!("--{long}={value}"),
        Some(long) => format!("--{long}"),
    }
}

fn default(argument: &Arg) -> String {
    let values: Vec<String> = argument
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    if values.is_empty() || !argument.get_action().takes_values() {
        String::new()
    } else {
        format!(". Otherwise {}", values.join(" "))
    }
}
