//! Who speaks in a request: an officer, an organisation's machine, or a person about oneself.
//!
//! Invariant: an officer or organisation is looked up on record at each request, so a term that has
//! ended or a key that was revoked ends access at once. Refuses: to know anybody by a claim alone.

use crate::Desk;
use crate::problem::{Kind, Problem};
use app::records::Records as _;
use domain::document::PersonId;
use domain::ids::{OfficerId, OrgId, PublicKey};
use domain::organisation::{Officer, Organisation};

/// An officer with the body served, as both are on record.
#[derive(Clone, Debug)]
pub(crate) struct Staff {
    /// The officer.
    pub(crate) officer: Officer,
    /// The body served.
    pub(crate) org: Organisation,
}

/// Who speaks.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Nobody that is known.
    Nobody,
    /// A person about oneself.
    Person(PersonId),
    /// An officer whose term runs and whose key speaks.
    Officer(Box<Staff>),
    /// An organisation's machine whose key speaks.
    Organisation(Box<Organisation>),
}

impl Caller {
    /// The body that speaks.
    pub(crate) fn org(&self) -> Option<&Organisation> {
        match self {
            Self::Officer(staff) => Some(&staff.org),
            Self::Organisation(org) => Some(org),
            Self::Nobody | Self::Person(_) => None,
        }
    }
}

/// Who has a key on record, and what for.
pub(crate) enum Holder {
    /// An officer.
    Officer(OfficerId),
    /// An organisation.
    Organisation(OrgId),
}

impl Desk {
    /// The caller and the key on record of a holder; a problem where the holder may not speak now.
    pub(crate) fn known(&self, holder: &Holder) -> Result<(Caller, PublicKey), Problem> {
        let now = self.setup.clock.now();
        let records = &self.setup.records;
        let stranger = || Problem::from(Kind::Unauthenticated);
        match holder {
            Holder::Officer(id) => {
                let view = self.read(records.officer(id))?.ok_or_else(stranger)?;
                let officer = view.officer;
                let body = self.read(records.organisation(&officer.org))?;
                let org = body.ok_or_else(stranger)?.organisation;
                let term = officer.term_from <= now && now < officer.term_until;
                if !term || now >= view.key_until {
                    return Err(Kind::NotInOffice.into());
                }
                let key = officer.key;
                Ok((Caller::Officer(Box::new(Staff { officer, org })), key))
            }
            Holder::Organisation(id) => {
                let view = self.read(records.organisation(id))?;
                let view = view.ok_or_else(stranger)?;
                if now >= view.key_until {
                    return Err(Kind::NotInOffice.into());
                }
                let key = view.organisation.key;
                Ok((Caller::Organisation(Box::new(view.organisation)), key))
            }
        }
    }

    /// What was read, or the problem `internal` with a line in the log.
    pub(crate) fn read<T>(&self, read: Result<T, app::ports::StorageError>) -> Result<T, Problem> {
        read.map_err(|error| {
            self.event("record", &error.to_string());
            Kind::Internal.into()
        })
    }
}
