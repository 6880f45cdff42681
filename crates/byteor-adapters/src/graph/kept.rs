//! What the checkpoint of a graph keeps: of each ingress and egress how far it is, and what was
//! counted.

use byteor_pipeline_exec::lane_graph::{EndpointCounts, GraphCounts, LaneCounts};

use crate::checkpoint::{Fields, FileOutput, Section, Totals};
use crate::error::AdapterError;
use crate::sink::Durable;
use crate::source::Place;

/// One ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngressAt<I> {
    /// Its id.
    pub id: String,
    /// What came in there.
    pub counts: EndpointCounts,
    /// How far its source was consumed.
    pub at: I,
}

/// One egress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EgressAt<O> {
    /// Its id.
    pub id: String,
    /// What left there, and what of it the other end refused, which is not among what left.
    pub counts: EndpointCounts,
    /// How far its sink was written.
    pub at: O,
}

/// The sources of a graph; or, where a single ring kept it, the one, without an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphInput<I>(pub Vec<IngressAt<I>>);

/// The sinks of a graph and what lies between; or, where a single ring kept it, the one sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphOutput<O> {
    /// The egresses.
    pub egresses: Vec<EgressAt<O>>,
    /// What each lane counted, by id.
    pub lanes: Vec<(String, LaneCounts)>,
    /// How far the recorded choices go, where they are recorded.
    pub choices: Option<FileOutput>,
}

fn put_counts(name: &str, counts: EndpointCounts, put: &mut dyn FnMut(&str, &str)) {
    put(&format!("{name}.records"), &counts.records.to_string());
    put(&format!("{name}.bytes"), &counts.bytes.to_string());
    put(&format!("{name}.rejected"), &counts.rejected.to_string());
}

fn take_counts(name: &str, fields: &mut Fields<'_>) -> Result<EndpointCounts, String> {
    Ok(EndpointCounts {
        records: fields.number(&format!("{name}.records"))?,
        bytes: fields.number(&format!("{name}.bytes"))?,
        rejected: fields.number(&format!("{name}.rejected"))?,
    })
}

/// How many follow; nothing where a single ring wrote the section.
fn several(name: &str, fields: &mut Fields<'_>) -> Result<Option<usize>, String> {
    let key = format!("{name}.len");
    fields
        .is_next(&key)
        .then(|| fields.number(&key))
        .transpose()
}

impl<I: Section> Section for GraphInput<I> {
    fn put(&self, name: &str, put: &mut dyn FnMut(&str, &str)) {
        put(&format!("{name}.len"), &self.0.len().to_string());
        for (at, ingress) in self.0.iter().enumerate() {
            let name = format!("{name}.{at}");
            put(&format!("{name}.id"), &ingress.id);
            put_counts(&name, ingress.counts, put);
            ingress.at.put(&name, put);
        }
    }

    fn take(name: &str, fields: &mut Fields<'_>) -> Result<Self, String> {
        let Some(count) = several(name, fields)? else {
            let only = IngressAt {
                id: String::new(),
                counts: EndpointCounts::default(),
                at: I::take(name, fields)?,
            };
            return Ok(Self(vec![only]));
        };
        let taken = (0..count).map(|at| {
            let name = format!("{name}.{at}");
            Ok(IngressAt {
                id: fields.text(&format!("{name}.id"))?.to_owned(),
                counts: take_counts(&name, fields)?,
                at: I::take(&name, fields)?,
            })
        });
        taken.collect::<Result<_, String>>().map(Self)
    }

    fn number(&self) -> Option<u64> {
        match &self.0[..] {
            [only] => only.at.number(),
            _ => None,
        }
    }
}

impl<O: Section> Section for GraphOutput<O> {
    fn put(&self, name: &str, put: &mut dyn FnMut(&str, &str)) {
        put(&format!("{name}.len"), &self.egresses.len().to_string());
        for (at, egress) in self.egresses.iter().enumerate() {
            let name = format!("{name}.{at}");
            put(&format!("{name}.id"), &egress.id);
            put_counts(&name, egress.counts, put);
            egress.at.put(&name, put);
        }
        put(&format!("{name}.lanes.len"), &self.lanes.len().to_string());
        for (at, (id, lane)) in self.lanes.iter().enumerate() {
            let name = format!("{name}.lanes.{at}");
            put(&format!("{name}.id"), id);
            put(&format!("{name}.writes"), &lane.writes.to_string());
            put(&format!("{name}.published"), &lane.published.to_string());
            put(&format!("{name}.discarded"), &lane.discarded.to_string());
            put(&format!("{name}.lost"), &lane.lost.to_string());
        }
        let name = format!("{name}.choices");
        match &self.choices {
            None => put(&name, "none"),
            Some(choices) => {
                put(&name, "recorded");
                choices.put(&name, put);
            }
        }
    }

    fn take(name: &str, fields: &mut Fields<'_>) -> Result<Self, String> {
        let Some(count) = several(name, fields)? else {
            let only = EgressAt {
                id: String::new(),
                counts: EndpointCounts::default(),
                at: O::take(name, fields)?,
            };
            return Ok(Self {
                egresses: vec![only],
                lanes: Vec::new(),
                choices: None,
            });
        };
        let egresses = (0..count).map(|at| {
            let name = format!("{name}.{at}");
            Ok(EgressAt {
                id: fields.text(&format!("{name}.id"))?.to_owned(),
                counts: take_counts(&name, fields)?,
                at: O::take(&name, fields)?,
            })
        });
        let egresses = egresses.collect::<Result<_, String>>()?;
        let count: usize = fields.number(&format!("{name}.lanes.len"))?;
        let lanes = (0..count).map(|at| {
            let name = format!("{name}.lanes.{at}");
            let id = fields.text(&format!("{name}.id"))?.to_owned();
            let counts = LaneCounts {
                writes: fields.number(&format!("{name}.writes"))?,
                published: fields.number(&format!("{name}.published"))?,
                discarded: fields.number(&format!("{name}.discarded"))?,
                lost: fields.number(&format!("{name}.lost"))?,
            };
            Ok((id, counts))
        });
        let lanes = lanes.collect::<Result<_, String>>()?;
        let name = format!("{name}.choices");
        let choices = match fields.text(&name)? {
            "none" => None,
            "recorded" => Some(FileOutput::take(&name, fields)?),
            _ => return Err(format!("`{name}` is neither none nor recorded")),
        };
        Ok(Self {
            egresses,
            lanes,
            choices,
        })
    }
}

/// The places of all sources, at one barrier.
#[derive(Clone)]
pub struct GraphPlace<P>(pub Vec<(String, EndpointCounts, P)>);

impl<P: Place> Place for GraphPlace<P> {
    type Kept = GraphInput<P::Kept>;

    fn kept(&self) -> Self::Kept {
        let kept = self.0.iter().map(|(id, counts, place)| IngressAt {
            id: id.clone(),
            counts: *counts,
            at: place.kept(),
        });
        GraphInput(kept.collect())
    }
}

/// Makes all sinks last, and the choices.
pub(crate) struct GraphDurable<D> {
    pub sinks: Vec<D>,
    pub choices: Option<crate::egress::SyncHandle>,
}

impl<D: Durable> Durable for GraphDurable<D> {
    type Mark = GraphOutput<D::Mark>;

    fn sync(&mut self) -> Result<(), AdapterError> {
        self.sinks.iter_mut().try_for_each(D::sync)?;
        self.choices.iter_mut().try_for_each(Durable::sync)
    }

    fn sync_to(&mut self, mark: &Self::Mark) -> Result<(), AdapterError> {
        for (sink, egress) in self.sinks.iter_mut().zip(&mark.egresses) {
            sink.sync_to(&egress.at)?;
        }
        self.choices.iter_mut().try_for_each(Durable::sync)
    }

    fn check(&mut self, mark: &Self::Mark) -> Result<(), AdapterError> {
        for (sink, egress) in self.sinks.iter_mut().zip(&mark.egresses) {
            sink.check(&egress.at)?;
        }
        match (&mut self.choices, &mark.choices) {
            (Some(choices), Some(mark)) => choices.check(mark),
            _ => Ok(()),
        }
    }

    fn ready(&self, mark: &Self::Mark) -> Result<bool, AdapterError> {
        for (sink, egress) in self.sinks.iter().zip(&mark.egresses) {
            if !sink.ready(&egress.at)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn seal(&self, mut mark: Self::Mark) -> Self::Mark {
        let sealed = self.sinks.iter().zip(mark.egresses);
        let sealed = sealed.map(|(sink, egress)| EgressAt {
            at: sink.seal(egress.at),
            ..egress
        });
        mark.egresses = sealed.collect();
        mark
    }

    fn saved(&mut self, mark: &Self::Mark) -> Result<(), AdapterError> {
        let mut each = self.sinks.iter_mut().zip(&mark.egresses);
        each.try_for_each(|(sink, egress)| sink.saved(&egress.at))
    }

    fn begins(&mut self) -> bool {
        let mut all = true;
        for sink in &mut self.sinks {
            // Each is asked, because each looks after its peer then.
            all &= sink.begins();
        }
        all
    }

    /// A sink that commits is the only one: what several commit isn't one thing.
    fn commits(&mut self, mark: &Self::Mark, number: Option<u64>) -> Result<bool, AdapterError> {
        match (&mut self.sinks[..], &mark.egresses[..]) {
            ([sink], [egress]) => sink.commits(&egress.at, number),
            _ => Ok(false),
        }
    }

    fn commit(&mut self, mark: &Self::Mark, number: Option<u64>) -> Result<(), AdapterError> {
        for (sink, egress) in self.sinks.iter_mut().zip(&mark.egresses) {
            sink.commit(&egress.at, number)?;
        }
        Ok(())
    }
}

/// What all endpoints, roles and lanes counted together.
pub(crate) fn totals(counts: &GraphCounts, ingresses: &[&str]) -> Totals {
    let mut totals = Totals::default();
    for (id, endpoint) in &counts.endpoints {
        if ingresses.contains(&id.as_str()) {
            totals.records_in += endpoint.records;
            totals.bytes_in += endpoint.bytes;
            totals.rejected += endpoint.rejected;
        } else {
            totals.records_out += endpoint.records;
            totals.bytes_out += endpoint.bytes;
            totals.rejected += endpoint.rejected;
        }
    }
    for role in counts.roles.values() {
        totals.dropped += role.dropped;
        totals.rejected += role.rejected;
    }
    totals
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::checkpoint::{Checkpoint, FileInput, InputPosition, StageTotals, WrittenFile};
    use crate::framing::Framing;
    use crate::head::{FileId, Fingerprint};

    type Kept = Checkpoint<GraphInput<FileInput>, GraphOutput<FileOutput>>;

    fn counts(from: u64) -> EndpointCounts {
        EndpointCounts {
            records: from,
            bytes: from + 1,
            rejected: from + 2,
        }
    }

    fn file(number: u64) -> FileOutput {
        FileOutput {
            path: PathBuf::from(format!("/data/{number}")),
            file: WrittenFile {
                id: id(number),
                head: head(),
                length: 4,
                framing: Framing::Lines,
            },
        }
    }

    fn id(ino: u64) -> FileId {
        FileId {
            dev: 1,
            ino,
            born: 3,
        }
    }

    fn head() -> Fingerprint {
        Fingerprint {
            len: 2,
            sha256: "00ff".to_owned(),
        }
    }

    fn kept(choices: Option<FileOutput>) -> Kept {
        let ingress = |name: &str, number: u64| IngressAt {
            id: name.to_owned(),
            counts: counts(number),
            at: FileInput {
                path: PathBuf::from(format!("/data/{name}")),
                name: None,
                framing: Framing::Lines,
                position: InputPosition {
                    id: id(number),
                    head: head(),
                    offset: 9,
                },
            },
        };
        let egress = |name: &str, number| EgressAt {
            id: name.to_owned(),
            counts: counts(number),
            at: file(number),
        };
        let lane = |from| LaneCounts {
            writes: from,
            published: from + 1,
            discarded: from + 2,
            lost: from + 3,
        };
        Checkpoint {
            input: GraphInput(vec![ingress("east", 10), ingress("west", 20)]),
            output: GraphOutput {
                egresses: vec![egress("all", 30), egress("few", 40)],
                lanes: vec![("a.b".to_owned(), lane(50)), ("b.c".to_owned(), lane(60))],
                choices,
            },
            reject: file(70),
            totals: Totals::default(),
            since: Some(80),
            spec_hash: "sha256:00".to_owned(),
            stages: vec![StageTotals::default()],
            states: vec![None],
        }
    }

    /// The lines without the checksum's.
    fn lines(kept: &Kept) -> Vec<String> {
        let text = String::from_utf8(kept.encode()).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        assert!(lines.pop().unwrap().starts_with("checksum="));
        lines
    }

    /// With a checksum that fits, as only somebody who means it would write it.
    fn read(lines: &[String]) -> Result<Kept, String> {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let sum = byteor_ascii::hex(&Sha256::digest(text.as_bytes()));
        Kept::decode(format!("{text}checksum=sha256:{sum}\n").as_bytes())
    }

    #[test]
    fn what_a_graph_keeps_reads_back() {
        for choices in [None, Some(file(90))] {
            let kept = kept(choices);
            assert_eq!(read(&lines(&kept)), Ok(kept));
        }
    }

    #[test]
    fn a_line_that_is_gone_doubled_elsewhere_or_another_is_refused() {
        let good = lines(&kept(Some(file(90))));
        let graph = |line: &String| line.starts_with("input.") || line.starts_with("output.");
        let mut seen = 0;
        for at in (0..good.len()).filter(|at| graph(&good[*at])) {
            seen += 1;
            let (key, value) = good[at].split_once('=').unwrap();
            let mut damaged = Vec::new();
            let mut with = |change: &dyn Fn(&mut Vec<String>)| {
                let mut lines = good.clone();
                change(&mut lines);
                damaged.push(lines);
            };
            with(&|lines| drop(lines.remove(at)));
            with(&|lines| lines.insert(at, good[at].clone()));
            with(&|lines| lines.swap(at, at + 1));
            with(&|lines| lines[at] = format!("{key}s={value}"));
            with(&|lines| lines[at] = key.to_owned());
            if value.parse::<u64>().is_ok() {
                for other in ["", "x", "-1", "18446744073709551616"] {
                    with(&|lines| lines[at] = format!("{key}={other}"));
                }
            }
            if key.ends_with(".len") && !key.ends_with("head.len") {
                for other in ["0", "1", "3", "18446744073709551615"] {
                    with(&|lines| lines[at] = format!("{key}={other}"));
                }
            }
            if key == "output.choices" {
                with(&|lines| lines[at] = format!("{key}=none"));
                with(&|lines| lines[at] = format!("{key}=some"));
            }
            for lines in damaged {
                assert!(read(&lines).is_err(), "{key}: {lines:#?}");
            }
        }
        assert!(seen > 50, "{seen} lines");
    }

    #[test]
    fn what_a_single_ring_kept_is_read_as_one_input_and_one_output() {
        let graph = kept(None);
        let ring = Checkpoint {
            input: graph.input.0[0].at.clone(),
            output: file(30),
            reject: graph.reject.clone(),
            totals: Totals::default(),
            since: Some(80),
            spec_hash: graph.spec_hash.clone(),
            stages: graph.stages.clone(),
            states: vec![None],
        };
        let read = Kept::decode(&ring.encode()).unwrap();
        let [input] = &read.input.0[..] else {
            panic!("{read:?}")
        };
        let [output] = &read.output.egresses[..] else {
            panic!("{read:?}")
        };
        assert_eq!((&input.at, &output.at), (&ring.input, &ring.output));
        assert_eq!((input.id.as_str(), output.id.as_str()), ("", ""));
        assert!(read.output.lanes.is_empty() && read.output.choices.is_none());
    }
}
