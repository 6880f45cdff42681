//! Open, create and validate ByteOr regions in shared memory.
