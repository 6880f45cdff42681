//! The pure stages that every build runs.
