//! S3: objects that are read in the order of their keys, and objects that are put under names that
//! follow from the records in them.

mod bucket;
mod pack;
mod sink;
mod source;

pub use bucket::Bucket;
pub use pack::Packing;
pub use sink::{Put, put};
pub use source::{Packed, Read, read};
