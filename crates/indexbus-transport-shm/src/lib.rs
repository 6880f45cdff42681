//! File-backed shared-memory regions: create, open, validate, bounded wait.
