//! Executors of validated specs, stage resolvers and snapshots.
