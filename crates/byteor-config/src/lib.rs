//! Config bundles: runtime posture, tuning and adapter wiring, their canonical text and digest.
