//! The operator command line: what all ByteOr binaries share.

pub mod binary;
pub mod checked;
pub mod cli;
pub mod codes;
pub mod excerpt;
pub mod failure;
mod graph_process;
pub mod lane_folder;
pub mod lane_path;
pub mod output;
pub mod signals;
pub mod single_process;
pub mod source;
pub mod spec_file;
pub mod stages;
mod stepped;
pub mod verbs;
