//! The events lane, in process: the rules of the reference, hostile regions, producers that die.

mod attach;
mod conformance;
mod hostile;
mod producers;
mod region;
