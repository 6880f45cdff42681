//! Shared-memory backings: attach-only lanes, slots and snapshots.
