//! The words of the command line.

use std::path::PathBuf;

use indexbus::WaitKind;

/// What to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    OneToOne,
    Bare,
    RoundTrip,
    PingPong,
    Idle,
    Pipeline,
    Diamond,
    OneToThree,
    Three,
    Alone,
    Offsets,
}

impl What {
    /// Threads that a run has.
    const fn threads(self) -> usize {
        match self {
            Self::Pipeline | Self::Diamond | Self::OneToThree | Self::Three => 4,
            Self::Alone | Self::Offsets => 1,
            Self::OneToOne | Self::Bare | Self::RoundTrip | Self::PingPong | Self::Idle => 2,
        }
    }
}

/// What is done with each message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Reads and sums all bytes.
    Touch,
    /// Looks at the first word, which counts.
    Header,
}

/// One run.
#[derive(Clone, Debug)]
pub struct Options {
    pub what: What,
    pub n: u64,
    pub size: usize,
    pub batch: usize,
    pub work: Work,
    pub one_process: bool,
    pub wait: WaitKind,
    /// Round trips a second, 0 for as many as go.
    pub rate: u64,
    pub cores: Vec<usize>,
    /// Class of the events regions, or `auto`.
    pub class: String,
    /// Which threads run the stages, or `auto`.
    pub workers: String,
    /// Where the files of the run are; given to the peer.
    pub folder: Option<PathBuf>,
    words: Vec<String>,
}

impl Options {
    /// Reads `option=value` words.
    pub fn read(words: &[String]) -> Result<Self, String> {
        let mut options = Self {
            what: What::OneToOne,
            n: 0,
            size: 64,
            batch: 1,
            work: Work::Touch,
            one_process: false,
            wait: WaitKind::default(),
            rate: 0,
            cores: Vec::new(),
            class: "auto".to_owned(),
            workers: "auto".to_owned(),
            folder: None,
            words: words.to_vec(),
        };
        let (mut what, mut wait) = (None, None);
        for word in words {
            let (name, value) = word
                .split_once('=')
                .ok_or_else(|| format!("`{word}` is not option=value"))?;
            let wrong = || format!("`{word}`: no such value; see the usage");
            match name {
                "what" => what = Some(what_of(value).ok_or_else(wrong)?),
                "n" => options.n = value.parse().map_err(|_| wrong())?,
                "size" => options.size = value.parse().map_err(|_| wrong())?,
                "batch" => options.batch = value.parse().map_err(|_| wrong())?,
                "work" if value == "touch" => options.work = Work::Touch,
                "work" if value == "nt" => options.work = Work::Header,
                "in" if value == "process" => options.one_process = true,
                "in" if value == "processes" => options.one_process = false,
                "wait" => wait = Some(WaitKind::from_name(value).ok_or_else(wrong)?),
                "rate" => options.rate = value.parse().map_err(|_| wrong())?,
                "pin" => options.cores = cores(value).ok_or_else(wrong)?,
                "class" => options.class = value.to_owned(),
                "workers" => options.workers = value.to_owned(),
                "folder" => options.folder = Some(PathBuf::from(value)),
                "work" | "in" => return Err(wrong()),
                _ => return Err(format!("`{name}`: no such option; see the usage")),
            }
        }
        options.what = what.ok_or("what= is missing; see the usage")?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        options.wait = wait.unwrap_or(if options.what.threads() > cores {
            WaitKind::Adaptive
        } else {
            WaitKind::Spin
        });
        if options.n == 0 {
            options.n = match options.what {
                What::RoundTrip | What::PingPong => 1_000_000,
                What::OneToOne | What::Bare => 10_000_000,
                What::Alone => 10_000_000,
                What::Pipeline | What::Diamond | What::OneToThree | What::Three => 10_000_000,
                What::Offsets => 1,
                What::Idle => 100_000,
            };
        }
        if options.size < 8 || options.size > 4096 {
            return Err("size= is 8 to 4096 bytes".to_owned());
        }
        if options.batch == 0 || options.batch > 1024 {
            return Err("batch= is 1 to 1024".to_owned());
        }
        Ok(options)
    }

    /// The same run as words for the peer, which finds its files in `folder`.
    pub fn for_peer(&self, folder: &std::path::Path) -> Vec<String> {
        let mut words = self.words.clone();
        words.push(format!("folder={}", folder.display()));
        words
    }

    /// Puts this thread on the core of the end `n`, if one is named.
    pub fn pin(&self, n: usize) -> Result<(), String> {
        let Some(core) = self.cores.get(n) else {
            return Ok(());
        };
        let mut set = rustix::thread::CpuSet::new();
        if *core >= rustix::thread::CpuSet::MAX_CPU {
            return Err(format!("pin={core}: no such core"));
        }
        set.set(*core);
        rustix::thread::sched_setaffinity(None, &set).map_err(|e| format!("pin={core}: {e}"))
    }

    /// Where the two ends are.
    pub fn place(&self) -> &'static str {
        if self.one_process {
            "process"
        } else {
            "processes"
        }
    }

    /// The name of the wait strategy.
    pub fn wait_name(&self) -> &'static str {
        match self.wait {
            WaitKind::Spin => "spin",
            WaitKind::Backoff => "backoff",
            WaitKind::Adaptive => "adaptive",
        }
    }

    /// `256/b16/touch`.
    pub fn form(&self) -> String {
        let work = match self.work {
            Work::Touch => "touch",
            Work::Header => "nt",
        };
        format!("{}/b{}/{work}", self.size, self.batch)
    }
}

fn what_of(name: &str) -> Option<What> {
    Some(match name {
        "1p1c" => What::OneToOne,
        "bare" => What::Bare,
        "rtt" => What::RoundTrip,
        "pingpong" => What::PingPong,
        "idle" => What::Idle,
        "pipeline" => What::Pipeline,
        "diamond" => What::Diamond,
        "1p3c" => What::OneToThree,
        "three" => What::Three,
        "alone" => What::Alone,
        "offsets" => What::Offsets,
        _ => return None,
    })
}

fn cores(list: &str) -> Option<Vec<usize>> {
    list.split(',').map(|core| core.parse().ok()).collect()
}
