//! Reads the rule paragraphs of `docs/spec/rules`; their form stands in its README.md.
//!
//! The tests of `byteor-pipeline` include this file to run the examples.

use std::path::Path;

/// Where the pages stand, from the root of the project.
pub const FOLDER: &str = "docs/spec/rules";

/// The pages in the order of the index.
pub const PAGES: [&str; 10] = [
    "syntax",
    "structure",
    "settings",
    "keys",
    "ring",
    "lanes",
    "lowering",
    "kv",
    "spec",
    "operations",
];

/// A page: paragraphs on one topic.
pub struct Page {
    /// File name without its ending.
    pub name: &'static str,
    /// Its first heading.
    pub title: String,
    /// The paragraphs, in the order of the page.
    pub paragraphs: Vec<Paragraph>,
}

/// What stands about one code.
#[derive(Default)]
pub struct Paragraph {
    /// The stable code.
    pub code: String,
    /// The id of the rule.
    pub rule: String,
    /// `error`, `warning`, `hint` or `action`.
    pub severity: String,
    /// Which part says it.
    pub phase: String,
    /// Names of the arguments, and whether each is always there.
    pub arguments: Vec<(String, bool)>,
    /// Where the rule comes from.
    pub source: String,
    /// The line of the index.
    pub says: String,
    /// Why there is no example.
    pub no_example: Option<String>,
    /// The prose.
    pub text: String,
    /// The fenced blocks.
    pub examples: Vec<Example>,
    /// Line of the heading, from 1.
    pub line: usize,
}

/// A fenced block of a paragraph.
pub struct Example {
    /// The words after the fence: kind, `good`, `bad` or `context`, and more.
    pub words: Vec<String>,
    /// The content, with what stands between `⟪` and `⟫` written out.
    pub content: String,
    /// Line of the fence, from 1.
    pub line: usize,
}

/// Reads all pages under the root of the project.
pub fn read(root: &Path) -> Result<Vec<Page>, String> {
    let mut pages = Vec::new();
    for name in PAGES {
        let path = root.join(FOLDER).join(format!("{name}.md"));
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        pages.push(page(name, &text).map_err(|error| format!("{}:{error}", path.display()))?);
    }
    Ok(pages)
}

fn page(name: &'static str, text: &str) -> Result<Page, String> {
    let mut page = Page {
        name,
        title: String::new(),
        paragraphs: Vec::new(),
    };
    let mut open: Option<Example> = None;
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        let wrong = |why: &str| Err(format!("{number}: {why}"));
        if let Some(example) = &mut open {
            if line == "```" {
                example.content = written_out(&example.content)
                    .map_err(|why| format!("{}: {why}", example.line))?;
                if let (Some(paragraph), Some(example)) = (page.paragraphs.last_mut(), open.take())
                {
                    paragraph.examples.push(example);
                }
            } else {
                example.content.push_str(line);
                example.content.push('\n');
            }
            continue;
        }
        if let Some(title) = line.strip_prefix("# ") {
            page.title = title.to_owned();
            continue;
        }
        if let Some(code) = line.strip_prefix("## ") {
            page.paragraphs.push(Paragraph {
                code: code.to_owned(),
                line: number,
                ..Paragraph::default()
            });
            continue;
        }
        let Some(paragraph) = page.paragraphs.last_mut() else {
            continue;
        };
        if let Some(words) = line.strip_prefix("```") {
            open = Some(Example {
                words: words.split(' ').map(str::to_owned).collect(),
                content: String::new(),
                line: number,
            });
        } else if let Some((key, value)) = line
            .strip_prefix("- ")
            .filter(|_| paragraph.text.trim().is_empty())
            .and_then(|item| item.split_once(": "))
        {
            let value = value.to_owned();
            match key {
                "rule" => paragraph.rule = value,
                "severity" => paragraph.severity = value,
                "phase" => paragraph.phase = value,
                "source" => paragraph.source = value,
                "says" => paragraph.says = value,
                "no example" => paragraph.no_example = Some(value),
                "arguments" if value == "none" => {}
                "arguments" => {
                    for name in value.split(", ") {
                        let (name, always) = match name.strip_suffix('?') {
                            Some(name) => (name, false),
                            None => (name, true),
                        };
                        let Some(name) = name
                            .strip_prefix('`')
                            .and_then(|name| name.strip_suffix('`'))
                        else {
                            return wrong("an argument stands in backticks");
                        };
                        paragraph.arguments.push((name.to_owned(), always));
                    }
                }
                _ => return wrong("no such line of a paragraph"),
            }
        } else {
            paragraph.text.push_str(line);
            paragraph.text.push('\n');
        }
    }
    match open {
        Some(example) => Err(format!("{}: the block has no end", example.line)),
        None => Ok(page),
    }
}

/// Writes out `⟪U+FEFF⟫` and `⟪a×1025⟫`.
fn written_out(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('⟪') {
        let (inside, after) = after
            .split_once('⟫')
            .ok_or_else(|| "a ⟪ without ⟫".to_owned())?;
        out.push_str(before);
        let part = match inside.strip_prefix("U+") {
            Some(hex) => u32::from_str_radix(hex, 16)
                .ok()
                .and_then(char::from_u32)
                .map(String::from),
            None => inside.rsplit_once('×').and_then(|(text, times)| {
                Some(text.replace('↵', "\n").repeat(times.parse().ok()?))
            }),
        };
        out.push_str(&part.ok_or_else(|| format!("⟪{inside}⟫ means nothing"))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}
