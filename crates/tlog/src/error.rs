//! What can be wrong with the bytes of a log.
//!
//! Invariant: a variant names the broken rule and carries no more than numbers and key names,
//! so that an error can be shown to anyone. Refuses to carry leaf contents.

use crate::policy::PolicyFault;
use std::fmt;

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofError {
    /// The leaf index is not in a tree of this size.
    IndexOutsideTree {
        /// The index asked for.
        index: u64,
        /// Leaves in the tree.
        size: u64,
    },
    /// The second tree is smaller than the first.
    SizeWentBack {
        /// Leaves in the older tree.
        older: u64,
        /// Leaves in the newer tree.
        newer: u64,
    },
    /// Hashes are missing at the end.
    TooShort,
    /// There are more hashes than the sizes allow.
    TooLong,
    /// The hashes lead to another root than the older one.
    OlderRootDiffers,
    /// The hashes lead to another root than the one claimed.
    RootDiffers,
}

/// Everything that can be wrong, by what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A proof does not prove what it claims.
    Proof(ProofError),
    /// A tree would exceed [`crate::TREE_SIZE_MAX`].
    SizeTooLarge(u64),
    /// A frontier has not one hash for each set bit of its size.
    FrontierUneven {
        /// Leaves claimed.
        size: u64,
        /// Hashes given.
        hashes: usize,
    },
    /// The reader of hashes gave fewer or more than were asked for, or has not got one.
    HashesMissing,
    /// A tile level above 63.
    TileLevel(u8),
    /// A tile or bundle width outside 1 to 256.
    TileWidth(u16),
    /// A tile or bundle index too large for a log of [`crate::TREE_SIZE_MAX`] leaves.
    TileIndex(u64),
    /// A path that is not the one spelling of a tile or bundle.
    TilePath,
    /// Tile contents that are not exactly the hashes of its width.
    TileLength {
        /// Bytes the width asks for.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// An entry longer than 65,535 bytes.
    EntryTooLong(usize),
    /// A bundle that ends inside an entry or holds bytes after the last one.
    BundleLength,
    /// A note, checkpoint or receipt longer than its limit, in bytes.
    TooLong {
        /// The limit.
        bytes_max: usize,
    },
    /// A control character other than the line feed.
    ControlCharacter,
    /// A note without text, separating blank line, signatures or final line feed.
    NoteShape,
    /// A signature line that is not dash, name, base64.
    SignatureLine,
    /// More signatures than a note may carry.
    TooManySignatures,
    /// A key name that is empty, too long, or holds a space, a plus or a control character.
    KeyName,
    /// A verifier key that is not name, id and key.
    KeyText,
    /// A key id that is not the hash of its name and key.
    KeyId,
    /// A signature type other than `0x01`, `0x04` and `0x06`.
    KeyType(u8),
    /// Bytes that are not a usable public key of their type.
    KeyBytes,
    /// A key of one signature type where another is needed.
    KeyPurpose,
    /// A signature of a key we know, which does not verify.
    SignatureInvalid {
        /// The name of the known key.
        name: String,
    },
    /// No signature of any key we know.
    SignatureMissing,
    /// An origin that is empty, too long, or holds a control character.
    Origin,
    /// A checkpoint of another log than its key's.
    OriginDiffers,
    /// A checkpoint with more or fewer than three lines.
    CheckpointShape,
    /// A number that is not plain decimal, or too large.
    Number,
    /// A line that is not the base64 of one hash.
    HashLine,
    /// A tree without leaves whose root is not the empty root.
    EmptyRootDiffers,
    /// A cosignature time at or above 2^63 seconds.
    CosignatureTime(u64),
    /// An ML-DSA key that found no signature for a message; another time gives another message.
    SigningFailed,
    /// A receipt without header, index line or blank line.
    ReceiptShape,
    /// Extra data that is empty, too long, or not base64.
    ReceiptExtra,
    /// A line of a policy that its author must mend.
    PolicyLine {
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        fault: PolicyFault,
    },
    /// A policy without a line it must have.
    PolicyIncomplete {
        /// The keyword of the line.
        missing: &'static str,
    },
}

impl From<ProofError> for Error {
    fn from(error: ProofError) -> Self {
        Self::Proof(error)
    }
}

impl fmt::Display for ProofError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IndexOutsideTree { index, size } => {
                write!(out, "no leaf `{index}` in a tree of `{size}`")
            }
            Self::SizeWentBack { older, newer } => {
                write!(
                    out,
                    "a tree of `{newer}` leaves cannot follow one of `{older}`"
                )
            }
            Self::TooShort => out.write_str("the proof has too few hashes"),
            Self::TooLong => out.write_str("the proof has too many hashes"),
            Self::OlderRootDiffers => out.write_str("the proof leads to another older root"),
            Self::RootDiffers => out.write_str("the proof leads to another root"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proof(error) => error.fmt(out),
            Self::SizeTooLarge(size) => write!(out, "a tree cannot have `{size}` leaves"),
            Self::FrontierUneven { size, hashes } => {
                write!(
                    out,
                    "`{hashes}` hashes are not the edge of a tree of `{size}`"
                )
            }
            Self::TileLevel(level) => write!(out, "tile level `{level}` is above 63"),
            Self::TileWidth(width) => write!(out, "tile width `{width}` is not 1 to 256"),
            Self::TileIndex(index) => write!(out, "tile index `{index}` is too large"),
            Self::TileLength { expected, found } => {
                write!(out, "a tile has `{found}` bytes where `{expected}` belong")
            }
            Self::EntryTooLong(bytes) => write!(out, "an entry of `{bytes}` bytes is too long"),
            Self::TooLong { bytes_max } => write!(out, "the text exceeds `{bytes_max}` bytes"),
            Self::KeyType(kind) => write!(out, "signature type `{kind:#04x}` is not supported"),
            Self::SignatureInvalid { name } => {
                write!(out, "the signature of `{name}` does not verify")
            }
            Self::CosignatureTime(time_s) => write!(out, "time `{time_s}` is out of range"),
            Self::PolicyLine { line, fault } => write!(out, "policy line `{line}`: {fault}"),
            Self::PolicyIncomplete { missing } => write!(out, "the policy has no `{missing}` line"),
            Self::HashesMissing
            | Self::TilePath
            | Self::BundleLength
            | Self::ControlCharacter
            | Self::NoteShape
            | Self::SignatureLine
            | Self::TooManySignatures
            | Self::KeyName
            | Self::KeyText
            | Self::KeyId
            | Self::KeyBytes
            | Self::KeyPurpose
            | Self::SignatureMissing
            | Self::Origin
            | Self::OriginDiffers
            | Self::CheckpointShape
            | Self::Number
            | Self::HashLine
            | Self::EmptyRootDiffers
            | Self::SigningFailed
            | Self::ReceiptShape
            | Self::ReceiptExtra => out.write_str(self.sentence()),
        }
    }
}

impl Error {
    /// The text of a variant that carries no value.
    const fn sentence(&self) -> &'static str {
        match self {
            Self::HashesMissing => "the reader has not got a hash it was asked for",
            Self::TilePath => "the path is not that of a tile or bundle",
            Self::BundleLength => "the bundle does not end with its last entry",
            Self::ControlCharacter => "the text holds a control character",
            Self::NoteShape => "the note is not text, blank line and signatures",
            Self::SignatureLine => "a signature line is malformed",
            Self::TooManySignatures => "the note has too many signatures",
            Self::KeyName => "the key name is empty, too long, or holds a space or plus",
            Self::KeyText => "the verifier key is not name, id and key",
            Self::KeyId => "the key id does not belong to this key",
            Self::KeyBytes => "the public key is not usable",
            Self::KeyPurpose => "the key is for another type of signature",
            Self::SignatureMissing => "no known key has signed",
            Self::Origin => "the origin is empty, too long, or holds a control character",
            Self::OriginDiffers => "the checkpoint is of another log",
            Self::CheckpointShape => "the checkpoint is not origin, size and root",
            Self::Number => "a number is not plain decimal or is too large",
            Self::HashLine => "a line is not the base64 of one hash",
            Self::EmptyRootDiffers => "an empty tree has only the empty root",
            Self::SigningFailed => "the key could not sign; try again with another time",
            Self::ReceiptShape => "the receipt lacks its header, index or blank line",
            Self::ReceiptExtra => "the extra data is empty, too long or not base64",
            Self::Proof(_)
            | Self::SizeTooLarge(_)
            | Self::FrontierUneven { .. }
            | Self::TileLevel(_)
            | Self::TileWidth(_)
            | Self::TileIndex(_)
            | Self::TileLength { .. }
            | Self::EntryTooLong(_)
            | Self::TooLong { .. }
            | Self::KeyType(_)
            | Self::SignatureInvalid { .. }
            | Self::CosignatureTime(_)
            | Self::PolicyLine { .. }
            | Self::PolicyIncomplete { .. } => "the log's bytes are not well formed",
        }
    }
}

impl std::error::Error for ProofError {}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let Self::Proof(error) = self {
            Some(error)
        } else {
            None
        }
    }
}
