//! The node agent: enrolment, fetch, verify, stage, supervise, report.
