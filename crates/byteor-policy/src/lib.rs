//! Approval credentials, key sets, deployment digests, deploy manifests and policy decisions.
