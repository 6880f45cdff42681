//! Ends of lanes that wait: for room, for a payload, and no longer than they are told to.
//!
//! The ends of `indexbus` answer at once, with `Full` or with nothing; these wait meanwhile, by any
//! [`WaitKind`](indexbus::WaitKind), and sleep on the words of the region where it has them. What they can't wait out is
//! told as it is.
//!
//! ```
//! use indexbus::{SharedLayoutCell, WaitKind, init_shared_layout, split_spsc};
//! use indexbus_abi::SharedLayout;
//! use indexbus_blocking::{BlockingReceiver, BlockingSender};
//!
//! // SAFETY: integers only; all zero is what no region is yet.
//! let mut layout: Box<SharedLayout> = unsafe { Box::new_zeroed().assume_init() };
//! init_shared_layout(&mut layout);
//! let (tx, rx) = split_spsc(SharedLayoutCell::from_mut(&mut layout));
//! let mut tx = BlockingSender::new(tx, WaitKind::Backoff);
//! let mut rx = BlockingReceiver::new(rx, WaitKind::Backoff);
//! std::thread::scope(|scope| {
//!     scope.spawn(move || (0..5_000_u32).try_for_each(|n| tx.send(&n.to_le_bytes())));
//!     let mut into = [0; 256];
//!     for n in 0..5_000_u32 {
//!         assert_eq!(rx.recv(&mut into), Ok(4));
//!         assert_eq!(into[..4], n.to_le_bytes());
//!     }
//! });
//! ```

mod ends;
mod error;
mod until;

pub use ends::{BlockingReceiver, BlockingSender, Transmit};
pub use error::BlockingError;
