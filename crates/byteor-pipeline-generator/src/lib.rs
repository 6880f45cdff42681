//! Large plans by shape, length and seed.
//!
//! Text in the plan language (docs/spec/plan-language.md), for tests, fuzzing and benches. The same
//! order gives the same bytes everywhere; nothing here knows the compiler.

mod random;
mod shapes;
mod write;

pub use random::Random;

/// The fewest lines of a large plan.
pub const LINES_MIN: usize = 10;

/// What a large plan looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One stage behind the other.
    Chain,
    /// Chained diamonds: two ways apart, then together.
    Diamonds,
    /// One stage to four, to sixteen, to sixty-four, and together again.
    Fan,
    /// Four stages in a row, and many lines of comments and settings.
    Ring,
    /// Four stages, two of them side by side, and many lines of comments and settings.
    RingDiamond,
    /// A chain with an error on every tenth line or so.
    Broken,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Self; 6] = [
        Self::Chain,
        Self::Diamonds,
        Self::Fan,
        Self::Ring,
        Self::RingDiamond,
        Self::Broken,
    ];

    /// The word for it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Diamonds => "diamonds",
            Self::Fan => "fan",
            Self::Ring => "ring",
            Self::RingDiamond => "ring_diamond",
            Self::Broken => "broken",
        }
    }

    /// The shape of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.name() == name)
    }

    /// Whether every plan of the shape has at most the four stages that a ring takes.
    pub fn fits_a_ring(self) -> bool {
        matches!(self, Self::Ring | Self::RingDiamond)
    }
}

/// Which plan to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LargePlan {
    /// What it looks like.
    pub shape: Shape,
    /// Its number of lines, at least [`LINES_MIN`].
    pub lines: usize,
    /// What decides ids, keys and the places of comments.
    pub seed: u64,
    /// 0 for the plan itself; any other number for an edited copy of it.
    pub variant: u64,
}

impl LargePlan {
    /// A plan of a shape and length, with seed 1, unedited.
    pub fn new(shape: Shape, lines: usize) -> Self {
        Self {
            shape,
            lines,
            seed: 1,
            variant: 0,
        }
    }

    /// The document, of exactly `lines` lines with a line feed behind each.
    pub fn text(self) -> String {
        let wanted = self.lines.max(LINES_MIN);
        let graph = shapes::graph(self.shape, wanted);
        write::document(self, wanted, &graph)
    }
}
