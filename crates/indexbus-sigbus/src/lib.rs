//! Mapped regions that are cut short: a mark instead of the end of the process.
//!
//! A file that is truncated while it is mapped kills whoever touches the lost pages, by the signal
//! SIGBUS. A program that maps files of others calls [`install`] once, at its start. From then on the
//! handler maps zero pages over the lost range of a mapping that was registered ([`Registration`]),
//! marks it ([`Registration::lost`]) and returns; the access goes on and finds zeroes. Readers look at
//! the mark after each batch that they copied, and before they believe it. A fault in any other memory
//! goes to the handler that was installed before.
//!
//! Libraries register and look; only programs install. Without a handler all is as ever.

mod handler;
mod registry;

pub use handler::install;
pub use registry::Registration;
