//! What a gate does with a scanned text, without a network: from characters to a verdict.
//!
//! The order is: text, credential (form, key, signature, times, list named), presentation (key of
//! the holder, answer, time, first time here), list (there, not expired), slot. The credential
//! comes before the list, because an expired credential says nothing whatever its slot says.
//! Invariant: a verdict has a colour only when every step before it held. Any failure is
//! [`Colour::CannotTell`], never red. Refuses: to read the clock, and to remember: the caller
//! keeps [`Verdict::seen_sha256`] in its [`Replays`] before it opens the door.

use crate::leaf::Purpose;
use crate::list::{Freshness, Status};
use crate::lists::{CheckedList, Lists};
use crate::presentation::{Presentation, Shown, from_text};
use crate::reason::{Language, Reason};
use crate::replays::Replays;
use crate::token::{Claims, Credential, Form, PaperFace};
use crate::trust::{KeyRefusal, Tolerance, Trust};

/// Where and when a text is scanned.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a> {
    /// The gate's clock, in seconds since 1970.
    pub now_s: u64,
    /// The name of the gate.
    pub id: &'a str,
    /// The number that this gate asked for, if it asked.
    pub nonce: Option<&'a [u8]>,
    /// What this gate saw a moment ago.
    pub past: &'a Replays,
}

/// What a gate may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// No restriction.
    Green,
    /// Restricted.
    Yellow,
    /// Restricted most.
    Red,
    /// This credential was withdrawn or replaced; it says nothing of health.
    Revoked,
    /// Nothing can be told.
    CannotTell,
}

impl Colour {
    /// The stable word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
            Self::Revoked => "revoked",
            Self::CannotTell => "cannot_tell",
        }
    }

    /// The sentence for it.
    pub const fn sentence(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Green, Language::En) => "green",
            (Self::Green, Language::ZhCn) => "绿码",
            (Self::Yellow, Language::En) => "yellow",
            (Self::Yellow, Language::ZhCn) => "黄码",
            (Self::Red, Language::En) => "red",
            (Self::Red, Language::ZhCn) => "红码",
            (Self::Revoked, Language::En) => {
                "this code was withdrawn or replaced, which says nothing of health; get a new one"
            }
            (Self::Revoked, Language::ZhCn) => "此码已撤销或更换，与健康状况无关，请重新领取",
            (Self::CannotTell, Language::En) => "cannot tell — ask for the identity document",
            (Self::CannotTell, Language::ZhCn) => "无法判断，请查验身份证件",
        }
    }
}

impl From<Status> for Colour {
    fn from(status: Status) -> Self {
        match status {
            Status::Green => Self::Green,
            Status::Revoked => Self::Revoked,
            Status::Yellow => Self::Yellow,
            Status::Red => Self::Red,
        }
    }
}

/// What a gate shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The colour.
    pub colour: Colour,
    /// Why.
    pub reason: Reason,
    /// The form of the credential, once the issuer's signature held.
    pub form: Option<Form>,
    /// How old the list is, in seconds, if one was read.
    pub list_age_s: Option<u64>,
    /// Whether witnesses have cosigned the log that the list is in, if one was read.
    pub witnessed: Option<bool>,
    /// What to compare with a document, if it is a paper and there is a colour.
    pub face: Option<PaperFace>,
    /// What the gate has to remember, if a presentation was used up.
    pub seen_sha256: Option<[u8; 32]>,
}

impl Verdict {
    const fn cannot_tell(reason: Reason) -> Self {
        Self {
            colour: Colour::CannotTell,
            reason,
            form: None,
            list_age_s: None,
            witnessed: None,
            face: None,
            seen_sha256: None,
        }
    }
}

/// Verifies a scanned text.
pub fn verify(text: &str, trust: &Trust, lists: &Lists, gate: &Gate<'_>) -> Verdict {
    let token = from_text(text);
    let shown = token.as_deref().map(Shown::read);
    let Ok(Ok(shown)) = shown else {
        return Verdict::cannot_tell(Reason::Unreadable);
    };
    let claims = match credential(shown.credential(), trust, gate.now_s) {
        Ok(claims) => claims,
        Err(reason) => return Verdict::cannot_tell(reason),
    };
    let form = shown.credential().form();
    let of_form = |reason| Verdict {
        form: Some(form),
        ..Verdict::cannot_tell(reason)
    };
    let seen_sha256 = match (&shown, form) {
        (Shown::Presentation(presentation), _) => {
            match presented(presentation, &trust.tolerance(), gate) {
                Ok(digest) => Some(digest),
                Err(reason) => return of_form(reason),
            }
        }
        (Shown::Credential(_), Form::Held) => return of_form(Reason::NoPresentation),
        // A picture cannot answer, so a gate that asks does not take one.
        (Shown::Credential(_), Form::Static) if gate.nonce.is_some() => {
            return of_form(Reason::NoAnswer);
        }
        (Shown::Credential(_), Form::Static | Form::Paper) => None,
    };
    let Some(list) = lists.find(&claims.status.uri) else {
        return of_form(Reason::NoList);
    };
    let verdict = of_list(list, claims, trust.tolerance().clock_s, gate.now_s);
    Verdict {
        form: Some(form),
        seen_sha256: seen_sha256.filter(|_| verdict.reason.has_colour()),
        ..verdict
    }
}

/// The claims of a credential that counts now.
fn credential<'a>(
    credential: &'a Credential<'_>,
    trust: &Trust,
    now_s: u64,
) -> Result<&'a Claims, Reason> {
    let verified = trust.verify_by(Purpose::Credential, credential.kid(), |key| {
        let claims = credential.verify(key).ok()?;
        Some((claims, Some(claims.issued_s)))
    });
    let claims = verified.map_err(|refusal| match refusal {
        KeyRefusal::Unknown => Reason::UnknownKey,
        KeyRefusal::Signature => Reason::Signature,
        KeyRefusal::OutsideItsTime => Reason::KeyOutsideItsTime,
    })?;
    if now_s >= claims.expires_s {
        return Err(Reason::Expired);
    }
    let from_s = claims.not_before_s.unwrap_or(claims.issued_s);
    if from_s > now_s.saturating_add(trust.tolerance().clock_s) {
        return Err(Reason::NotYet);
    }
    if !trust.manifest().names(&claims.status.uri) {
        return Err(Reason::ForeignList);
    }
    Ok(claims)
}

/// The digest of a presentation that counts here and now, for the first time.
fn presented(
    presentation: &Presentation<'_>,
    tolerance: &Tolerance,
    gate: &Gate<'_>,
) -> Result<[u8; 32], Reason> {
    let showing = presentation.verify().map_err(|_| Reason::HolderSignature)?;
    match (gate.nonce, &showing.challenge) {
        (None, None) => {}
        (Some(_), None) => return Err(Reason::NoAnswer),
        (None, Some(_)) => return Err(Reason::WrongAnswer),
        (Some(nonce), Some(answer)) => {
            if answer.gate != gate.id || answer.nonce != nonce {
                return Err(Reason::WrongAnswer);
            }
        }
    }
    if showing.at_s.saturating_add(tolerance.past_s) < gate.now_s {
        return Err(Reason::PresentationOld);
    }
    if showing.at_s > gate.now_s.saturating_add(tolerance.future_s) {
        return Err(Reason::PresentationEarly);
    }
    let digest = presentation.sha256();
    if gate.past.knows(&digest) {
        return Err(Reason::Replay);
    }
    Ok(digest)
}

/// What a list says of a credential that counts.
fn of_list(list: &CheckedList, claims: &Claims, clock_s: u64, now_s: u64) -> Verdict {
    let about_list = |verdict| Verdict {
        list_age_s: Some(now_s.saturating_sub(list.claims().issued_s)),
        witnessed: Some(list.witnessed()),
        ..verdict
    };
    let reason = match list.claims().freshness(now_s, clock_s) {
        Freshness::Fresh => Reason::Current,
        Freshness::Old { .. } => Reason::OldList,
        Freshness::Expired => return about_list(Verdict::cannot_tell(Reason::ListExpired)),
        Freshness::Early => return about_list(Verdict::cannot_tell(Reason::ListEarly)),
    };
    let Some(status) = list.status(claims.status.idx) else {
        return about_list(Verdict::cannot_tell(Reason::NoSlot));
    };
    about_list(Verdict {
        colour: status.into(),
        face: claims.face.clone(),
        ..Verdict::cannot_tell(reason)
    })
}
