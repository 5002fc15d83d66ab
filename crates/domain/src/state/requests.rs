//! What people ask for beyond their colour, and who owes the answer.
//!
//! Invariant: each has one owner and an end from its beginning (I6, I9); each names the entries that
//! made it what it is.

use super::records::Signer;
use crate::act::{Need, ProxyKind};
use crate::division::DivisionCode;
use crate::document::PersonId;
use crate::ids::{CaseId, MovementId, OrgId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A case: one enquiry with one owner and a clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Who asks.
    pub person: PersonId,
    /// What the person says.
    pub text: String,
    /// Who opened it: the log of the call.
    pub opened: Signer,
    /// Whether the person asked online, at a counter.
    pub online: bool,
    /// Who owes the answer.
    pub owner: OrgId,
    /// Until when it is to be answered; a transfer does not move it.
    pub deadline: Timestamp,
    /// How it was passed on, in order.
    pub transfers: Vec<Transfer>,
    /// The answer.
    pub answer: Option<CaseAnswer>,
}

/// A case that was passed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// By whom.
    pub by: Signer,
    /// To whom.
    pub to: OrgId,
    /// Why.
    pub reason: String,
    /// Whether it went back to somebody who had it before.
    pub is_return: bool,
}

/// The answer to a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseAnswer {
    /// By whom.
    pub by: Signer,
    /// The answer.
    pub text: String,
}

impl Case {
    /// Whether an organisation has or had it.
    pub fn was_with(&self, org: &OrgId) -> bool {
        let mut later = self.transfers.iter().map(|transfer| &transfer.to);
        &self.opened.org == org || later.any(|to| to == org)
    }

    /// How many transfers were returns.
    pub fn returns(&self) -> usize {
        let returns = self.transfers.iter().filter(|transfer| transfer.is_return);
        returns.count()
    }

    /// The word for where it stands at an instant.
    pub fn status_word(&self, at: Timestamp) -> &'static str {
        match &self.answer {
            Some(_) => "answered",
            None if at >= self.deadline => "overdue",
            None => "open",
        }
    }
}

/// A movement with an end (限时流动), asked for by somebody with a colour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// Its id.
    pub id: MovementId,
    /// Who has to go out.
    pub person: PersonId,
    /// For what.
    pub need: Need,
    /// From when.
    pub from: Timestamp,
    /// Until when; it ends by itself.
    pub until: Timestamp,
    /// What the person says.
    pub text: String,
    /// Who asked for it.
    pub asked: Signer,
    /// Whether the person asked online, at a counter.
    pub online: bool,
    /// The place responsible: that of the worst measure.
    pub area: DivisionCode,
    /// Until when it is to be decided.
    pub deadline: Timestamp,
    /// The decision.
    pub decision: Option<MovementDecision>,
}

/// The decision on a movement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovementDecision {
    /// Whether it is granted.
    pub granted: bool,
    /// By whom.
    pub by: Signer,
    /// Why.
    pub reason: String,
}

impl Movement {
    /// Whether it waits for a decision at an instant.
    pub fn waits(&self, at: Timestamp) -> bool {
        self.decision.is_none() && at < self.until
    }

    /// The word for where it stands at an instant.
    pub fn status_word(&self, at: Timestamp) -> &'static str {
        match &self.decision {
            Some(decision) if !decision.granted => "refused",
            Some(_) if at < self.until => "granted",
            Some(_) => "ended",
            None if at >= self.until => "lapsed",
            None if at >= self.deadline => "overdue",
            None => "open",
        }
    }
}

/// A binding: somebody may read another person's code and record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Whose code and record.
    pub person: PersonId,
    /// Who may read them.
    pub proxy: PersonId,
    /// Why that person.
    pub kind: ProxyKind,
    /// Until when; it ends by itself.
    pub until: Timestamp,
    /// Who bound them, after an identity check.
    pub by: Signer,
    /// Whether the person asked online, at a counter.
    pub online: bool,
    /// Who ended it before its time.
    pub ended: Option<Signer>,
}

impl Binding {
    /// Whether it lets the proxy read at an instant.
    pub fn runs(&self, at: Timestamp) -> bool {
        let ended = self
            .ended
            .as_ref()
            .map_or(Timestamp::NEVER, |ended| ended.at);
        at < self.until && at < ended
    }
}
