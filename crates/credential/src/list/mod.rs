//! Status lists: what every credential says of its holder today, in two bits (the IETF draft
//! "Token Status List"), and what changed between two versions of a list.
//!
//! Invariant: an array comes out of a signed list only for whoever knows its address and size.
//! Refuses: lists so small that they single people out.

mod array;
mod claims;
mod cutter;
mod cwt;
mod delta;
mod error;
mod jwt;
mod manifest;
mod signed;
mod status;
mod token;
pub mod zlib;

pub use array::{ARRAY_BYTES_MAX, LIST_SLOTS_MIN, StatusArray};
pub(crate) use claims::check_uri;
pub use claims::{Freshness, ListClaims, SKEW_S, URI_BYTES_MAX};
pub use cutter::{Counts, Cut, ListCutter, Step};
pub use delta::{Change, DELTA_BYTES_MAX, DELTA_CHANGES_MAX, Delta};
pub use error::ListError;
pub use manifest::{MANIFEST_BYTES_MAX, MANIFEST_LISTS_MAX, Manifest};
pub use signed::{SignedDelta, SignedList, SignedListJwt, sign_delta, sign_list, sign_list_jwt};
pub use status::{SlotBits, Status};
pub use token::{Content, LIST_BYTES_MAX, Wanted};
