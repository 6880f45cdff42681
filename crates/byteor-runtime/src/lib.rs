//! The operator command line over specs and running pipelines.
