//! What comes in, signed: reports and officers' acts, decoded and verified.
