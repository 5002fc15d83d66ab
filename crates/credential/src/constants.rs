//! Every number and name that our tokens share with a registry, in one place.
//!
//! Invariant: a number stands here once. The claims of status lists (65533 to 65535) are those
//! that draft-ietf-oauth-status-list asks for; if the registry assigns others, this file changes
//! and nothing else. Refuses: names that belong to one format only, which stay with that format.

/// Claim: whom a token speaks of; in a list, the address of the list (RFC 8392 3.1.2).
pub const CLAIM_SUB: i64 = 2;
/// Claim: for whom a token is meant (RFC 8392 3.1.3).
pub const CLAIM_AUD: i64 = 3;
/// Claim: from when on a token says nothing any more, in seconds since 1970 (RFC 8392 3.1.4).
pub const CLAIM_EXP: i64 = 4;
/// Claim: before when a token says nothing yet, in seconds since 1970 (RFC 8392 3.1.5).
pub const CLAIM_NBF: i64 = 5;
/// Claim: when a token was made, in seconds since 1970 (RFC 8392 3.1.6).
pub const CLAIM_IAT: i64 = 6;
/// Claim: the key that the holder has (RFC 8747 3.1).
pub const CLAIM_CNF: i64 = 8;
/// Claim: the number that a gate asked for, used once (`cnonce` in the registry of CWT claims).
pub const CLAIM_CNONCE: i64 = 39;
/// Claim: the array of a status list.
pub const CLAIM_STATUS_LIST: i64 = 65_533;
/// Claim: for how many seconds a list is the newest.
pub const CLAIM_TTL: i64 = 65_534;
/// Claim: where the status of a token stands.
pub const CLAIM_STATUS: i64 = 65_535;
/// Claim: what a paper says of its holder. Private use begins below -65536 (RFC 8392 9.1.1).
pub const CLAIM_FACE: i64 = -65_537;

/// Member of `cnf`: a key as such (RFC 8747 3.2).
pub const CNF_COSE_KEY: i64 = 1;

/// Header: the algorithm (RFC 9052 3.1).
pub const HEADER_ALG: i64 = 1;
/// Header: the hint which key signed (RFC 9052 3.1).
pub const HEADER_KID: i64 = 4;
/// Header: a token that carries the key of the signer (RFC 9528, `kcwt`).
pub const HEADER_KCWT: i64 = 13;
/// Header: what is signed (RFC 9596).
pub const HEADER_TYP: i64 = 16;

/// ECDSA with SHA-256, on any curve by its name, on P-256 by our profile (RFC 9053 2.1).
pub const ALG_ES256: i64 = -7;
/// ECDSA with SHA-256 on P-256, by name (RFC 9864 2.1).
pub const ALG_ESP256: i64 = -9;

/// The tag of a `COSE_Sign1` (RFC 9052 2).
pub const TAG_SIGN1: u64 = 18;

/// A credential on a phone, or one that is printed without a face.
pub const TYP_CREDENTIAL: &str = "application/mm+cwt";
/// A credential on paper with a face.
pub const TYP_PAPER: &str = "application/mmp+cwt";
/// What a holder signs at the moment of showing.
pub const TYP_PRESENTATION: &str = "application/kb+cwt";
/// A status list.
pub const TYP_LIST: &str = "application/statuslist+cwt";
/// What changed between two versions of a status list; ours.
pub const TYP_DELTA: &str = "application/mm-delta+cwt";
/// A status list as a JWT; the header of a JWT leaves out `application/` (RFC 7515 4.1.9).
pub const TYP_LIST_JWT: &str = "statuslist+jwt";

/// What a shown text begins with.
pub const TEXT_PREFIX: &str = "MM1:";
