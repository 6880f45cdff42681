//! Ingress and egress adapters under one shared adapter loop.
