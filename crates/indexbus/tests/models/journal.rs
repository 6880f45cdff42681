//! The journal.

use indexbus::primitive::{JournalRead, JournalReader, JournalWords, JournalWriter, Start};

use crate::world::{Row, World};

type Words<W> = JournalWords<
    <W as World>::U64,
    <W as World>::U32,
    Row<<W as World>::U32>,
    Row<<W as World>::U64>,
    Row<<W as World>::U64>,
    Row<<W as World>::U64>,
>;
type Reader<W> = JournalReader<
    <W as World>::U64,
    <W as World>::U32,
    Row<<W as World>::U32>,
    Row<<W as World>::U64>,
    Row<<W as World>::U64>,
    Row<<W as World>::U64>,
>;

/// Bytes of a record of one word, header included.
const RECORD: u64 = 16;

/// Reads once; what comes is the record that belongs to this position, whole, or an overrun that
/// says where it goes on. Answers whether there was anything.
fn read_once<W: World>(reader: &mut Reader<W>, segment_words: u64) -> bool {
    let before = reader.at();
    let mut into = [0; 8];
    match reader.read(&mut into).unwrap() {
        Some(JournalRead::Record { position, len }) => {
            assert_eq!(len, 8);
            let segment = position / (8 * segment_words);
            let within = position % (8 * segment_words) / RECORD;
            let nth = segment * (segment_words / 2) + within;
            assert_eq!(
                u64::from_ne_bytes(into),
                nth,
                "of another lap, or half of it"
            );
            assert_eq!(reader.at(), position + RECORD);
            true
        }
        Some(JournalRead::Overrun { lost }) => {
            assert_eq!(reader.at(), before + lost);
            true
        }
        None => false,
    }
}

/// A writer appends `records` to a journal of `segments` of `words` each, publishing each `batch`,
/// and a reader that is overtaken now and then looks `tries` times. Nothing true is refused, and
/// in the end the reader comes to the end.
pub fn whole_or_told<W: World>(
    (segments, segment_words): (usize, u64),
    records: u64,
    batch: u64,
    tries: usize,
) -> bool {
    let journal: Words<W> = JournalWords {
        published: W::u64(0),
        active: W::u32(0),
        segments: Row::new(segments, || W::u32(0)),
        tails: Row::new(segments, || W::u64(0)),
        positions: Row::new(1, || W::u64(0)),
        bytes: Row::new(segments * segment_words as usize, || W::u64(0)),
    };
    journal.init();
    assert_eq!(journal.max_record_bytes() as u64, 8 * segment_words - 8);
    let mut reader = journal.clone().subscribe(Start::Oldest).unwrap();
    let appended = journal.clone();
    let appender = W::spawn(move || {
        let mut writer: JournalWriter<_, _, _, _, _, _> = appended.writer().unwrap();
        for n in 0..records {
            writer.put(&n.to_ne_bytes()).unwrap();
            if (n + 1).is_multiple_of(batch) {
                writer.publish();
            }
        }
        writer.publish();
    });
    let mut followed = false;
    for _ in 0..tries {
        if read_once::<W>(&mut reader, segment_words) {
            followed = true;
        } else {
            W::yield_now();
        }
        reader.store_position();
    }
    W::join(appender);
    journal.validate().unwrap();

    // What was dropped is taken up, and comes to the end.
    let (number, at) = (reader.subscriber(), reader.at());
    assert_eq!(journal.position(number), Ok(Some(at)));
    let mut reader: Reader<W> = journal.clone().resume(number).unwrap();
    assert_eq!(reader.at(), at);
    while read_once::<W>(&mut reader, segment_words) {}
    let end = journal.clone().writer().unwrap().publish();
    assert_eq!(reader.at(), end);
    reader.unsubscribe();
    assert_eq!(journal.position(number), Ok(None));
    journal.release(number).unwrap();
    followed
}
