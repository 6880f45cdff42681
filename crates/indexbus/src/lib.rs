//! Lanes over shared memory: SPSC events, sequencer with gating, wait strategies.
