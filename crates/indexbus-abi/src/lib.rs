//! repr(C) layouts and constants of IndexBus regions; the source of spec/indexbus_v1.h.
