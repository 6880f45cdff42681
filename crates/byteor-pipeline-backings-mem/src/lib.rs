//! In-memory backings for tests, replay and deterministic examples.
