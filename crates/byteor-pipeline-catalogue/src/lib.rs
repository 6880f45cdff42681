//! The stage catalogue as data: families, key grammar, documentation, class, capability.
