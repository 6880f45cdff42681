//! Browser bindings: one function per operation over the compiler crates, no logic of its own.
