//! The syntax of regular expressions, read to say whether a pattern is one, and how large.
//!
//! Verdicts, places and words are those of the crate `regex-syntax`, which the engine on the agent
//! is built on; tests hold this reader against it. It stands here because a key is printable ASCII
//! and nobody needs the tree: so it is a tenth of the code in the package that loads with the page.

use crate::pattern::PATTERN_NESTING_LIMIT;

/// A place in the pattern: first byte, and the byte after the last.
pub(crate) type Span = (usize, usize);

/// Why a pattern is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is no regular expression.
    Syntax(&'static str, Span),
    /// Something stands too deep in it.
    Nesting(Span),
    /// It means characters, not bytes.
    Unicode(Span),
}

/// `\w` and its like, and `[:alpha:]`.
pub(crate) const CLASS_SIZE: u64 = 6;

/// The size of a pattern of printable ASCII: an upper bound on states and transitions of its
/// automaton.
pub(crate) fn size_of(pattern: &str) -> Result<u64> {
    let mut reader = Reader {
        text: pattern.as_bytes(),
        at: 0,
        spaced: false,
        nodes: Vec::new(),
        items: Vec::new(),
        groups: Vec::new(),
        classes: Vec::new(),
        names: Vec::new(),
        unicode: None,
    };
    reader.pattern()?;
    let root = reader.items[0];
    if let Some(span) = reader.too_deep(root) {
        return Err(Refusal::Nesting(span));
    }
    match reader.unicode {
        Some(span) => Err(Refusal::Unicode(span)),
        None => Ok(reader.nodes[root].size),
    }
}

type Result<T> = std::result::Result<T, Refusal>;

fn refused<T>(why: &'static str, start: usize, end: usize) -> Result<T> {
    Err(Refusal::Syntax(why, (start, end)))
}

const INCOMPLETE: &str = "incomplete escape sequence, reached end of pattern prematurely";
const UNCLOSED_CLASS: &str = "unclosed character class";
const UNCLOSED_COUNT: &str = "unclosed counted repetition";
const UNCLOSED_GROUP: &str = "unclosed group";
const UNCLOSED_NAME: &str = "unclosed capture group name";
const NOTHING_TO_REPEAT: &str = "repetition operator missing expression";

/// No node.
const NONE: usize = usize::MAX;

/// A part of the pattern.
struct Node {
    start: usize,
    end: usize,
    size: u64,
    /// How many nodes that count for the nesting stand over each other here, itself included.
    height: u32,
    /// Whether it counts for the nesting.
    nests: bool,
    /// Whether it sets flags, which can't be repeated.
    flags: bool,
    /// Its first part.
    first: usize,
    /// The next part of what it is a part of.
    next: usize,
}

/// An open group, or the whole pattern, with its alternatives.
struct Group {
    open: usize,
    /// Where its items begin, and those of its last alternative.
    items: usize,
    branch: usize,
    /// Where the first alternative and the last one start.
    start: usize,
    branch_start: usize,
    alternatives: bool,
    /// Whether white space was ignored before it.
    spaced: bool,
}

/// An open class.
struct Class {
    start: usize,
    /// Where its opening ends: after `[`, `^`, and what is literal only there.
    open_end: usize,
    /// Where the items after the last operator begin, and where they stand.
    items: usize,
    items_start: usize,
    /// Whether an operator waits for its right side; the left one is the item before.
    operator: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Literal,
    Assertion,
    Dot,
    Class,
}

/// What stands for one position.
struct Single {
    kind: Kind,
    /// The character of a literal.
    code: u32,
    start: usize,
    end: usize,
}

struct Reader<'p> {
    text: &'p [u8],
    at: usize,
    /// Whether white space and comments are ignored: the flag `x`.
    spaced: bool,
    nodes: Vec<Node>,
    /// Nodes that belong to nothing yet.
    items: Vec<usize>,
    groups: Vec<Group>,
    classes: Vec<Class>,
    names: Vec<&'p [u8]>,
    /// The first place that means characters.
    unicode: Option<Span>,
}

impl<'p> Reader<'p> {
    /// The byte here; 0 at the end.
    fn here(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn is_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// Goes one byte on; whether there is one.
    fn step(&mut self) -> bool {
        if !self.is_end() {
            self.at += 1;
        }
        !self.is_end()
    }

    /// Passes over what the flag `x` ignores. A comment has no end, because no line has one.
    fn space(&mut self) {
        if self.spaced {
            while self.here() == b' ' {
                self.at += 1;
            }
            if self.here() == b'#' {
                self.at = self.text.len();
            }
        }
    }

    /// Goes one byte on, and over what is ignored there; whether a byte stands there.
    fn skip(&mut self) -> bool {
        self.step();
        self.space();
        !self.is_end()
    }

    fn take(&mut self, prefix: &[u8]) -> bool {
        let found = self.text[self.at..].starts_with(prefix);
        if found {
            self.at += prefix.len();
        }
        found
    }

    /// The byte after this one, and after ignored ones; with the oddity of `regex-syntax` that a
    /// comment hides only its first byte.
    fn after(&self) -> u8 {
        let rest = &self.text[self.at + 1..];
        if self.spaced {
            let mut comment = false;
            for &byte in rest {
                match byte {
                    b' ' => {}
                    b'#' if !comment => comment = true,
                    _ => return byte,
                }
            }
        }
        rest.first().copied().unwrap_or(0)
    }

    fn means_characters(&mut self, start: usize, end: usize) {
        self.unicode.get_or_insert((start, end));
    }

    fn leaf(&mut self, size: u64, start: usize, end: usize) {
        self.items.push(self.nodes.len());
        self.nodes.push(Node {
            start,
            end,
            size,
            height: 0,
            nests: false,
            flags: false,
            first: NONE,
            next: NONE,
        });
    }

    /// Makes the items from `from` on parts of one node, whose own size is `size` above theirs.
    fn gather(&mut self, from: usize, size: u64, start: usize, end: usize) {
        let mut node = Node {
            start,
            end,
            size,
            height: 0,
            nests: true,
            flags: false,
            first: NONE,
            next: NONE,
        };
        while self.items.len() > from
            && let Some(item) = self.items.pop()
        {
            let part = &mut self.nodes[item];
            part.next = node.first;
            node.first = item;
            node.size = node.size.saturating_add(part.size);
            node.height = node.height.max(part.height);
        }
        node.height += 1;
        self.items.push(self.nodes.len());
        self.nodes.push(node);
    }

    /// The first part of the pattern that stands deeper than the limit.
    fn too_deep(&self, root: usize) -> Option<Span> {
        let mut left = PATTERN_NESTING_LIMIT;
        let mut node = self.nodes.get(root)?;
        if node.height <= left {
            return None;
        }
        loop {
            if node.nests {
                if left == 0 {
                    return Some((node.start, node.end));
                }
                left -= 1;
            }
            let mut part = self.nodes.get(node.first)?;
            while part.height <= left {
                part = self.nodes.get(part.next)?;
            }
            node = part;
        }
    }

    fn pattern(&mut self) -> Result<()> {
        self.begin_group(0, false);
        loop {
            self.space();
            if self.is_end() {
                break;
            }
            match self.here() {
                b'(' => self.open()?,
                b')' => {
                    if self.groups.len() == 1 {
                        return refused("unopened group", self.at, self.at + 1);
                    }
                    let group = self.end_group();
                    self.spaced = group.spaced;
                    self.at += 1;
                    self.gather(group.items, 2, group.open, self.at);
                }
                b'|' => {
                    self.end_branch();
                    self.at += 1;
                    let (at, items) = (self.at, self.items.len());
                    let group = self.group();
                    group.alternatives = true;
                    group.branch_start = at;
                    group.branch = items;
                }
                b'[' => self.class()?,
                b'?' | b'*' | b'+' => {
                    self.repeatable()?;
                    if self.step() && self.here() == b'?' {
                        self.at += 1;
                    }
                    self.repeat(1);
                }
                b'{' => self.counted()?,
                _ => {
                    let single = self.single()?;
                    let size = match single.kind {
                        Kind::Literal => 2,
                        Kind::Assertion => 1,
                        Kind::Dot => 3,
                        Kind::Class => CLASS_SIZE,
                    };
                    self.leaf(size, single.start, single.end);
                }
            }
        }
        let group = self.end_group();
        if !self.groups.is_empty() {
            return refused(UNCLOSED_GROUP, group.open, group.open + 1);
        }
        Ok(())
    }

    /// The innermost open group. The whole pattern is one, and it stays open to the end.
    fn group(&mut self) -> &mut Group {
        let last = self.groups.len() - 1;
        &mut self.groups[last]
    }

    fn begin_group(&mut self, open: usize, spaced: bool) {
        self.groups.push(Group {
            open,
            items: self.items.len(),
            branch: self.items.len(),
            start: self.at,
            branch_start: self.at,
            alternatives: false,
            spaced: self.spaced,
        });
        self.spaced = spaced;
    }

    /// Makes one item of the last alternative.
    fn end_branch(&mut self) {
        let end = self.at;
        let (from, start) = (self.group().branch, self.group().branch_start);
        match self.items.len() - from {
            0 => self.leaf(1, start, end),
            1 => {}
            parts => self.gather(from, parts as u64 + 1, start, end),
        }
    }

    /// Makes one item of the innermost group's inside, and ends it.
    fn end_group(&mut self) -> Group {
        self.end_branch();
        let at = self.groups.len() - 1;
        let group = self.groups.remove(at);
        if group.alternatives {
            let parts = self.items.len() - group.items;
            self.gather(group.items, parts as u64 + 1, group.start, self.at);
        }
        group
    }

    fn open(&mut self) -> Result<()> {
        let open = self.at;
        self.at += 1;
        self.space();
        let inside = self.at;
        if [&b"?="[..], b"?!", b"?<=", b"?<!"]
            .iter()
            .any(|prefix| self.take(prefix))
        {
            let why = "look-around, including look-ahead and look-behind, is not supported";
            return refused(why, open, self.at);
        }
        let mut spaced = self.spaced;
        if self.take(b"?P<") || self.take(b"?<") {
            self.name()?;
        } else if self.take(b"?") {
            if self.is_end() {
                return refused(UNCLOSED_GROUP, open, open + 1);
            }
            let first = self.at;
            spaced = self.flags()?.unwrap_or(spaced);
            self.at += 1;
            if self.text[self.at - 1] == b')' {
                if first + 1 == self.at {
                    return refused(NOTHING_TO_REPEAT, inside, inside);
                }
                self.spaced = spaced;
                self.leaf(1, open, self.at);
                let node = self.nodes.len() - 1;
                self.nodes[node].flags = true;
                return Ok(());
            }
        }
        self.begin_group(open, spaced);
        Ok(())
    }

    fn name(&mut self) -> Result<()> {
        let start = self.at;
        while !self.is_end() && self.here() != b'>' {
            let byte = self.here();
            let rest = matches!(byte, b'.' | b'[' | b']') || byte.is_ascii_digit();
            if !(byte == b'_' || byte.is_ascii_alphabetic() || rest && self.at > start) {
                return refused("invalid capture group character", self.at, self.at + 1);
            }
            self.at += 1;
        }
        let end = self.at;
        if self.is_end() {
            return refused(UNCLOSED_NAME, end, end);
        }
        self.at += 1;
        let name = &self.text[start..end];
        if name.is_empty() {
            return refused("empty capture group name", start, start);
        }
        if self.names.contains(&name) {
            return refused("duplicate capture group name", start, end);
        }
        self.names.push(name);
        Ok(())
    }

    /// Reads flags up to their colon or parenthesis; what they make of `x`.
    fn flags(&mut self) -> Result<Option<bool>> {
        let first = self.at;
        let mut spaced = None;
        let mut negated = false;
        while !matches!(self.here(), b':' | b')') {
            let (byte, at) = (self.here(), self.at);
            let again = self.text[first..at].contains(&byte);
            match byte {
                b'-' if again => return refused("flag negation operator repeated", at, at + 1),
                b'-' => negated = true,
                b'i' | b'm' | b's' | b'U' | b'u' | b'R' | b'x' if again => {
                    return refused("duplicate flag", at, at + 1);
                }
                b'x' => spaced = Some(!negated),
                b'u' if !negated => self.means_characters(at, at + 1),
                b'i' | b'm' | b's' | b'U' | b'u' | b'R' => {}
                _ => return refused("unrecognized flag", at, at + 1),
            }
            if !self.step() {
                let why = "expected flag but got end of regex";
                return refused(why, self.at, self.at);
            }
        }
        if self.at > first && self.text[self.at - 1] == b'-' {
            return refused("dangling flag negation operator", self.at - 1, self.at);
        }
        Ok(spaced)
    }

    /// Whether there is something before a repetition that can be repeated.
    fn repeatable(&mut self) -> Result<()> {
        let from = self.group().branch;
        match self.items[from..].last() {
            Some(&item) if !self.nodes[item].flags => Ok(()),
            _ => refused(NOTHING_TO_REPEAT, self.at, self.at),
        }
    }

    /// Repeats the last item up to so many times.
    fn repeat(&mut self, times: u64) {
        let item = self.items.len() - 1;
        let start = self.nodes[self.items[item]].start;
        self.gather(item, 0, start, self.at);
        if let Some(node) = self.nodes.last_mut() {
            node.size = node
                .size
                .saturating_add(1)
                .saturating_mul(times)
                .saturating_add(1);
        }
    }

    fn counted(&mut self) -> Result<()> {
        self.repeatable()?;
        let start = self.at;
        if !self.skip() {
            return refused(UNCLOSED_COUNT, start, self.at);
        }
        let least = self.decimal();
        if self.is_end() {
            return refused(UNCLOSED_COUNT, start, self.at);
        }
        let mut times = 0;
        let mut bounded = false;
        if self.here() == b',' {
            if !self.skip() {
                return refused(UNCLOSED_COUNT, start, self.at);
            }
            bounded = self.here() != b'}';
        }
        let least = least?;
        if bounded {
            times = self.decimal()?;
        }
        if self.here() != b'}' {
            return refused(UNCLOSED_COUNT, start, self.at);
        }
        if self.skip() && self.here() == b'?' {
            self.at += 1;
        }
        if bounded && least > times {
            let why = "invalid repetition count range, the start must be <= the end";
            return refused(why, start, self.at);
        }
        self.repeat(if bounded { times } else { least }.max(1));
        Ok(())
    }

    fn decimal(&mut self) -> Result<u64> {
        // Around a number, white space is ignored whatever the flags are.
        while self.here() == b' ' {
            self.at += 1;
        }
        let start = self.at;
        let mut number = None;
        while self.here().is_ascii_digit() {
            let digit = u64::from(self.here() - b'0');
            let before: u64 = number.unwrap_or(0);
            number = Some(before.saturating_mul(10).saturating_add(digit));
            self.skip();
        }
        let end = self.at;
        while self.here() == b' ' {
            self.skip();
        }
        match number {
            None => refused("repetition quantifier expects a valid decimal", start, end),
            Some(number) if number > u64::from(u32::MAX) => {
                refused("decimal literal invalid", start, end)
            }
            Some(number) => Ok(number),
        }
    }

    fn single(&mut self) -> Result<Single> {
        let start = self.at;
        let kind = match self.here() {
            b'\\' => return self.escape(),
            b'.' => Kind::Dot,
            b'^' | b'$' => Kind::Assertion,
            _ => Kind::Literal,
        };
        self.at += 1;
        Ok(self.made(kind, 0, start))
    }

    /// What was read from `start` to here.
    fn made(&self, kind: Kind, code: u32, start: usize) -> Single {
        Single {
            kind,
            code,
            start,
            end: self.at,
        }
    }

    fn escape(&mut self) -> Result<Single> {
        let start = self.at;
        if !self.step() {
            return refused(INCOMPLETE, start, self.at);
        }
        let byte = self.here();
        let code = match byte {
            b'0'..=b'9' => {
                return refused("backreferences are not supported", start, self.at + 1);
            }
            b'x' => return self.hex(start, 2),
            b'u' => return self.hex(start, 4),
            b'U' => return self.hex(start, 8),
            b'p' | b'P' => return self.character_class(start),
            b'a' => 7,
            b'f' => 12,
            b't' => 9,
            b'n' => 10,
            b'r' => 13,
            b'v' => 11,
            _ => u32::from(byte),
        };
        self.at += 1;
        let kind = match byte {
            b'd' | b's' | b'w' | b'D' | b'S' | b'W' => Kind::Class,
            b'A' | b'z' | b'B' | b'<' | b'>' => Kind::Assertion,
            b'b' => {
                if self.here() == b'{' {
                    self.boundary(start)?;
                }
                Kind::Assertion
            }
            b'a' | b'f' | b't' | b'n' | b'r' | b'v' => Kind::Literal,
            _ if byte.is_ascii_alphabetic() => {
                return refused("unrecognized escape sequence", start, self.at);
            }
            _ => Kind::Literal,
        };
        Ok(self.made(kind, code, start))
    }

    /// Reads the rest of `\b{start}` and its like. Where it begins like a counted repetition, it is
    /// left alone.
    fn boundary(&mut self, start: usize) -> Result<()> {
        let valid = |byte: u8| byte.is_ascii_alphabetic() || byte == b'-';
        let brace = self.at;
        if !self.skip() {
            let why = "found either the beginning of a special word boundary or a bounded \
                       repetition on a \\b with an opening brace, but no closing brace";
            return refused(why, start, self.at);
        }
        let inside = self.at;
        if !valid(self.here()) {
            self.at = brace;
            return Ok(());
        }
        let mut word = Vec::new();
        while valid(self.here()) {
            word.push(self.here());
            self.skip();
        }
        if self.here() != b'}' {
            let why = "special word boundary assertion is either unclosed or contains an \
                       invalid character";
            return refused(why, brace, self.at);
        }
        if ![&b"start"[..], b"end", b"start-half", b"end-half"].contains(&&word[..]) {
            let why = "unrecognized special word boundary assertion, valid choices are: start, \
                       end, start-half or end-half";
            return refused(why, inside, self.at);
        }
        self.at += 1;
        Ok(())
    }

    /// Reads the rest of `\xNN`, `\x{N…}` and their like.
    fn hex(&mut self, start: usize, digits: usize) -> Result<Single> {
        if !self.skip() {
            return refused(INCOMPLETE, self.at, self.at);
        }
        let open = self.at;
        let brace = self.here() == b'{';
        let mut code = 0u64;
        let mut count = 0;
        let end = loop {
            if brace || count > 0 {
                let more = self.skip();
                if brace && self.here() == b'}' {
                    let end = self.at;
                    self.skip();
                    if count == 0 {
                        return refused("hexadecimal literal empty", open, self.at);
                    }
                    break end;
                }
                if !brace && count == digits {
                    break self.at;
                }
                if !more {
                    let from = if brace { open } else { self.at };
                    return refused(INCOMPLETE, from, self.at);
                }
            }
            let Some(digit) = char::from(self.here()).to_digit(16) else {
                return refused("invalid hexadecimal digit", self.at, self.at + 1);
            };
            code = code.saturating_mul(16).saturating_add(u64::from(digit));
            count += 1;
        };
        let Some(character) = u32::try_from(code).ok().and_then(char::from_u32) else {
            let why = "hexadecimal literal is not a Unicode scalar value";
            return refused(why, open + usize::from(brace), end);
        };
        // Two digits mean a byte; everything else means a character.
        if !(character.is_ascii() || digits == 2 && !brace) {
            self.means_characters(start, self.at);
        }
        Ok(self.made(Kind::Literal, code as u32, start))
    }

    /// Reads the rest of `\pN` and `\p{Name}`.
    fn character_class(&mut self, start: usize) -> Result<Single> {
        if !self.skip() {
            return refused(INCOMPLETE, self.at, self.at);
        }
        if self.here() == b'{' {
            while self.skip() && self.here() != b'}' {}
            if self.is_end() {
                return refused(INCOMPLETE, self.at, self.at);
            }
            self.at += 1;
        } else if self.here() == b'\\' {
            return refused("invalid Unicode character class", self.at, self.at + 1);
        } else {
            self.skip();
        }
        self.means_characters(start, self.at);
        Ok(self.made(Kind::Class, 0, start))
    }

    fn class(&mut self) -> Result<()> {
        loop {
            self.space();
            let next = self.text.get(self.at + 1);
            match self.here() {
                b'[' => {
                    if self.classes.is_empty() || !self.named_class() {
                        self.open_class()?;
                    }
                }
                b']' => {
                    self.end_items();
                    self.at += 1;
                    if let Some(class) = self.classes.pop() {
                        self.gather(self.items.len() - 1, 1, class.start, self.at);
                    }
                    if self.classes.is_empty() {
                        return Ok(());
                    }
                }
                byte @ (b'&' | b'-' | b'~') if next == Some(&byte) => {
                    self.end_items();
                    self.at += 2;
                    let (items, at) = (self.items.len(), self.at);
                    if let Some(class) = self.classes.last_mut() {
                        class.operator = true;
                        class.items = items;
                        class.items_start = at;
                    }
                }
                _ => self.class_item()?,
            }
        }
    }

    fn unclosed_class<T>(&self) -> Result<T> {
        let span = |class: &Class| (class.start, class.open_end);
        let (start, end) = self.classes.last().map_or((self.at, self.at), span);
        refused(UNCLOSED_CLASS, start, end)
    }

    fn open_class(&mut self) -> Result<()> {
        let start = self.at;
        let items = self.items.len();
        let mut more = self.skip();
        if more && self.here() == b'^' {
            more = self.skip();
        }
        if !more {
            return refused(UNCLOSED_CLASS, start, self.at);
        }
        let items_start = self.at;
        // Dashes are literal here, and so is a bracket that is the first one.
        while self.here() == b'-' {
            self.leaf(1, self.at, self.at + 1);
            if !self.skip() {
                return refused(UNCLOSED_CLASS, start, start);
            }
        }
        if self.items.len() == items && self.here() == b']' {
            self.leaf(1, self.at, self.at + 1);
            if !self.skip() {
                return refused(UNCLOSED_CLASS, start, self.at);
            }
        }
        self.classes.push(Class {
            start,
            open_end: self.at,
            items,
            items_start,
            operator: false,
        });
        Ok(())
    }

    /// Makes one item of those after the last operator, and of the operator with its sides.
    fn end_items(&mut self) {
        let Some(class) = self.classes.last() else {
            return;
        };
        let (from, operator, start) = (class.items, class.operator, class.items_start);
        let place = |reader: &Self, from: usize| {
            let first = reader.items[from];
            let last = reader.items[reader.items.len() - 1];
            (reader.nodes[first].start, reader.nodes[last].end)
        };
        match self.items.len() - from {
            0 => self.leaf(1, start, start),
            1 => {}
            _ => {
                let (start, end) = place(self, from);
                self.gather(from, 0, start, end);
            }
        }
        if operator {
            let (start, end) = place(self, from - 1);
            self.gather(from - 1, 0, start, end);
        }
    }

    /// Reads `[:alpha:]` and its like; anything else is left alone.
    fn named_class(&mut self) -> bool {
        const NAMES: [&[u8]; 14] = [
            b"alnum", b"alpha", b"ascii", b"blank", b"cntrl", b"digit", b"graph", b"lower",
            b"print", b"punct", b"space", b"upper", b"word", b"xdigit",
        ];
        let rest = &self.text[self.at..];
        let Some(name) = rest.strip_prefix(b"[:") else {
            return false;
        };
        let name = name.strip_prefix(b"^").unwrap_or(name);
        for known in NAMES {
            let after = name.strip_prefix(known);
            if let Some(after) = after.and_then(|after| after.strip_prefix(b":]")) {
                let end = self.text.len() - after.len();
                self.leaf(CLASS_SIZE, self.at, end);
                self.at = end;
                return true;
            }
        }
        false
    }

    /// Reads a character, a class or a range of a class.
    fn class_item(&mut self) -> Result<()> {
        if self.is_end() {
            return self.unclosed_class();
        }
        let first = self.class_single()?;
        self.space();
        if self.is_end() {
            return self.unclosed_class();
        }
        if self.here() != b'-' || matches!(self.after(), b']' | b'-') {
            let size = match first.kind {
                Kind::Literal => 1,
                Kind::Class => CLASS_SIZE,
                Kind::Assertion | Kind::Dot => {
                    let why = "invalid escape sequence found in character class";
                    return refused(why, first.start, first.end);
                }
            };
            self.leaf(size, first.start, first.end);
            return Ok(());
        }
        if !self.skip() {
            return self.unclosed_class();
        }
        let last = self.class_single()?;
        for end in [&first, &last] {
            if end.kind != Kind::Literal {
                let why = "invalid range boundary, must be a literal";
                return refused(why, end.start, end.end);
            }
        }
        if first.code > last.code {
            let why = "invalid character class range, the start must be <= the end";
            return refused(why, first.start, last.end);
        }
        self.leaf(1, first.start, last.end);
        Ok(())
    }

    fn class_single(&mut self) -> Result<Single> {
        let start = self.at;
        let byte = self.here();
        if byte == b'\\' {
            return self.escape();
        }
        self.at += 1;
        Ok(self.made(Kind::Literal, u32::from(byte), start))
    }
}
