//! The operator command line with ingress and egress adapter loops.
