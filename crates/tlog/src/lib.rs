//! A C2SP transparency log in bytes: hashes, tiles, proofs, checkpoints.
