//! Ends of lanes in processes of their own, which are stopped and killed at any moment: the survivor
//! goes on, nothing is torn, nothing comes twice, and at most what was in flight is lost.

mod fanout;
mod many;
mod process;
mod single;
