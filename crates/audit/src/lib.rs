//! Offline replay and proof checks: what an outsider runs.
