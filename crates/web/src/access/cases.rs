//! Every case that the listing in `docs/access.md` has: who asks, about what place, in which state.
//!
//! Invariant: the answer to a case is what the server gives; a test asks it all of them.

use super::{Reach, Rule, Standing};
use crate::problem::Kind;

/// Where what is asked about lies, seen from the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is the work of the caller's own body.
    OwnBody,
    /// It is another body's, inside the division of the caller's.
    Inside,
    /// It is outside that division.
    Elsewhere,
}

impl Place {
    /// Every place, as the listing has them.
    pub const ALL: [Self; 3] = [Self::OwnBody, Self::Inside, Self::Elsewhere];

    /// The word in the listing.
    pub const fn word(self) -> &'static str {
        match self {
            Self::OwnBody => "own body",
            Self::Inside => "own place",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// Whether the caller may speak now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Office {
    /// The term runs and the key speaks.
    Running,
    /// The term has not begun.
    NotBegun,
    /// The term has ended.
    Ended,
    /// The key was revoked.
    KeyRevoked,
}

impl Office {
    /// Every state, as the listing has them.
    pub const ALL: [Self; 4] = [Self::Running, Self::NotBegun, Self::Ended, Self::KeyRevoked];

    /// The word in the listing.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "in office",
            Self::NotBegun => "term not begun",
            Self::Ended => "term ended",
            Self::KeyRevoked => "key revoked",
        }
    }
}

/// One case of the listing.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Who asks.
    pub standing: Standing<'a>,
    /// About what place.
    pub place: Place,
    /// Whether the caller may speak now.
    pub office: Office,
    /// Whether the caller has looked this person up in the last two hours, or is bound as proxy.
    pub looked: bool,
}

impl Rule {
    /// Whether a case is allowed, or the problem that answers it.
    ///
    /// # Errors
    /// The kind of the problem.
    pub fn answer(&self, case: &Case<'_>) -> Result<(), Kind> {
        if case.office != Office::Running {
            return Err(Kind::NotInOffice);
        }
        let denied = match case.standing {
            Standing::Nobody => Kind::Unauthenticated,
            Standing::Person | Standing::Machine | Standing::Officer(..) => Kind::Forbidden,
        };
        let seen = match (self.reach(case.standing).ok_or(denied)?, case.place) {
            (Reach::Whole, _) | (Reach::Area, Place::OwnBody | Place::Inside) => true,
            (Reach::Body, place) => place == Place::OwnBody,
            (Reach::Area, Place::Elsewhere) => false,
            (Reach::Look | Reach::Bound, _) if case.looked => true,
            (Reach::Look, _) => return Err(Kind::LookFirst),
            (Reach::Bound, _) => return Err(Kind::NotBound),
        };
        match seen {
            true => Ok(()),
            false => Err(Kind::OutsideReach),
        }
    }
}
