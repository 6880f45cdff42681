//! The standard streams of a config bundle.

use byteor_adapters::net::join::{FromNet, ToNet};
use byteor_adapters::net::stdio::{BOUND, read, write};

use crate::network::{Host, Sink, Source};

pub(crate) fn source(host: &Host<'_>) -> Source {
    let context = host.context.clone();
    Source::Net(FromNet {
        kind: "stdio",
        boundary: host.boundary(),
        bound: BOUND,
        start: Box::new(move |intake| read(std::io::stdin(), &context, intake)),
    })
}

pub(crate) fn sink(host: &Host<'_>) -> Sink {
    let context = host.context.clone();
    Sink::Net(ToNet {
        kind: "stdio",
        boundary: host.boundary(),
        bound: BOUND,
        start: Box::new(move |outlet, _| write(std::io::stdout(), &context, outlet)),
    })
}
