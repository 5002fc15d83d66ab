//! Acts as readable JSON: what an officer's device shows before it is signed.
//!
//! Invariant: a text names every field of the act that it becomes, in words, hexadecimal and RFC
//! 3339; it becomes exactly one act body. Refuses: unknown fields, and acts that no officer writes
//! by hand (genesis, rule packs, issuing keys, status lists: the command line makes those).

use domain::act::{ActBody, AppealTarget, AreaKind, AreaOrder, CommandDocument, People, Proposal};
use domain::colour::{Colour, Ground};
use domain::division::DivisionCode;
use domain::document::PersonId;
use domain::ids::{OfficerId, OrgId, PublicKey, TextDigest};
use domain::organisation::{KeyOwner, Officer, OrgKind, Organisation, Role};
use domain::rules::Channel;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// The most people in a proposal that is written as text; larger ones are signed as files.
pub const TEXT_PEOPLE_MAX: usize = 10_000;

/// An act as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", deny_unknown_fields)]
pub enum ActText {
    /// Register an organisation.
    #[serde(rename = "organisation.register")]
    OrganisationRegister {
        /// Its id.
        id: String,
        /// Its kind.
        kind: String,
        /// Where it acts, GB/T 2260.
        division: String,
        /// The name the public knows.
        name: String,
        /// The key that signs its reports, in hexadecimal.
        key: String,
        /// The section, when it is one of several inside one body.
        section: Option<String>,
        /// The organisation it is a section of.
        part_of: Option<String>,
    },
    /// Register an officer, or renew a term.
    #[serde(rename = "officer.register")]
    OfficerRegister {
        /// The officer's id.
        id: String,
        /// The organisation served.
        org: String,
        /// The roles held.
        roles: Vec<String>,
        /// The first instant of the term.
        term_from: String,
        /// The first instant after the term.
        term_until: String,
        /// The personal key or the fingerprint of the passkey, in hexadecimal.
        key: String,
        /// Names the human being: a keyed hash.
        holder: String,
    },
    /// Replace a key; one of `officer` and `org` says whose.
    #[serde(rename = "key.rotate")]
    KeyRotate {
        /// The officer whose key it is.
        officer: Option<String>,
        /// The organisation whose key it is.
        org: Option<String>,
        /// The fresh key, in hexadecimal.
        key: String,
    },
    /// Revoke a key from now on.
    #[serde(rename = "key.revoke")]
    KeyRevoke {
        /// The key, in hexadecimal.
        key: String,
        /// Why.
        reason: String,
    },
    /// Declare a numbered area order or test order.
    #[serde(rename = "area.declare")]
    AreaDeclare {
        /// Its number.
        number: String,
        /// `risk`, `sealed` or `test_round`.
        kind: String,
        /// The place, GB/T 2260.
        division: String,
        /// From when.
        from: String,
        /// Until when.
        until: String,
        /// The published text; its SHA-256 is what is signed.
        text: String,
    },
    /// Lift an area order or test order.
    #[serde(rename = "area.lift")]
    AreaLift {
        /// Its number.
        number: String,
    },
    /// Propose an order.
    #[serde(rename = "order.propose")]
    OrderPropose {
        /// The ground.
        ground: String,
        /// The place, GB/T 2260.
        area: String,
        /// The people, by id.
        people: Vec<String>,
        /// Why, in words for the public.
        reason: String,
        /// Whether it takes the emergency path.
        #[serde(default)]
        emergency: bool,
        /// The numbered command document, for the catch-all ground.
        document: Option<DocumentText>,
    },
    /// Approve a proposed order.
    #[serde(rename = "order.approve")]
    OrderApprove {
        /// The order.
        order: String,
        /// The digest of the signed proposal.
        digest: String,
    },
    /// Refuse a proposed order.
    #[serde(rename = "order.refuse")]
    OrderRefuse {
        /// The order.
        order: String,
        /// Why.
        reason: String,
    },
    /// Withdraw an order, whole.
    #[serde(rename = "order.withdraw")]
    OrderWithdraw {
        /// The order.
        order: String,
        /// Why.
        reason: String,
    },
    /// Convert a person's measure towards green before its end.
    #[serde(rename = "convert")]
    Convert {
        /// The person.
        person: String,
        /// The ground of the measure.
        ground: String,
        /// The release rule relied on, by its name in the pack.
        release: String,
        /// The door it came through.
        channel: String,
        /// The letter of the residence county, for an out-of-area conversion.
        letter: Option<String>,
    },
    /// File an appeal or a dispute; one of `ground` and `evidence` says against what.
    #[serde(rename = "appeal.file")]
    AppealFile {
        /// The person.
        person: String,
        /// The ground of the measure appealed against.
        ground: Option<String>,
        /// The evidence disputed.
        evidence: Option<String>,
        /// What the person says.
        text: String,
    },
    /// Decide an appeal or dispute.
    #[serde(rename = "appeal.decide")]
    AppealDecide {
        /// The appeal.
        appeal: String,
        /// Whether the person is right.
        upheld: bool,
        /// Why.
        reason: String,
    },
    /// Look at a person's record.
    #[serde(rename = "access.look")]
    AccessLook {
        /// The person.
        person: String,
        /// What for.
        purpose: String,
        /// The case it belongs to.
        case: String,
    },
    /// Close a day for one's division.
    #[serde(rename = "daily.close")]
    DailyClose {
        /// The day, as `2022-06-13`.
        day: String,
    },
    /// Receive a closed day from a division.
    #[serde(rename = "daily.receive")]
    DailyReceive {
        /// The division that closed, GB/T 2260.
        division: String,
        /// The day, as `2022-06-13`.
        day: String,
    },
    /// Publish a statement about orders.
    #[serde(rename = "statement.publish")]
    StatementPublish {
        /// The orders it explains.
        orders: Vec<String>,
        /// The text.
        text: String,
    },
    /// Open a case.
    #[serde(rename = "case.open")]
    CaseOpen {
        /// Who asks.
        person: String,
        /// What the person says.
        text: String,
    },
    /// Transfer a case.
    #[serde(rename = "case.transfer")]
    CaseTransfer {
        /// The case.
        case: String,
        /// The organisation that gets it.
        to: String,
        /// Why.
        reason: String,
    },
    /// Answer a case.
    #[serde(rename = "case.answer")]
    CaseAnswer {
        /// The case.
        case: String,
        /// The answer.
        text: String,
    },
    /// Look at a person's record without a case, in an emergency.
    #[serde(rename = "access.break_glass")]
    AccessBreakGlass {
        /// The person.
        person: String,
        /// Why; the person is told.
        reason: String,
    },
    /// Ask for a movement with an end.
    #[serde(rename = "movement.request")]
    MovementRequest {
        /// Who has to go out.
        person: String,
        /// `medical`, `caring`, `bereavement`, `examination` or `home`.
        need: String,
        /// From when.
        from: String,
        /// Until when, 24 hours later at most.
        until: String,
        /// What the person says.
        text: String,
    },
    /// Grant or refuse a movement.
    #[serde(rename = "movement.decide")]
    MovementDecide {
        /// The movement.
        movement: String,
        /// Whether it is granted.
        granted: bool,
        /// Why.
        reason: String,
    },
    /// Bind a proxy.
    #[serde(rename = "proxy.bind")]
    ProxyBind {
        /// Whose code and record.
        person: String,
        /// Who may read them.
        proxy: String,
        /// `proxy` or `guardian`.
        kind: String,
        /// Until when, a year at most.
        until: String,
    },
    /// End a binding.
    #[serde(rename = "proxy.end")]
    ProxyEnd {
        /// Whose code and record.
        person: String,
        /// Who may no longer read them.
        proxy: String,
    },
}

/// A numbered command document as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentText {
    /// Its number.
    pub number: String,
    /// SHA-256 of its text, in hexadecimal.
    pub text_sha256: String,
    /// The colour it asks for.
    pub colour: String,
    /// For how many hours.
    pub hours: u32,
}

/// A field that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field.
    pub field: &'static str,
    /// What it must be.
    pub must_be: &'static str,
}

impl fmt::Display for FieldError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is not {}", self.field, self.must_be)
    }
}

impl std::error::Error for FieldError {}

const HEX_16: &str = "32 lower-case hexadecimal digits";
const HEX_32: &str = "64 lower-case hexadecimal digits";
const NAME: &str = "an id of lower-case letters, digits, `-` and `.`, 1 to 64 of them";
const DIVISION: &str = "a division code of GB/T 2260, six digits";
const INSTANT: &str = "an instant of RFC 3339 with its offset";
const DAY: &str = "a day, as 2022-06-13";
const WORD: &str = "a word of its list";

fn read<T: FromStr>(
    field: &'static str,
    must_be: &'static str,
    text: &str,
) -> Result<T, FieldError> {
    text.parse().map_err(|_| FieldError { field, must_be })
}

fn division(field: &'static str, text: &str) -> Result<DivisionCode, FieldError> {
    let fault = FieldError {
        field,
        must_be: DIVISION,
    };
    let code = text.parse().ok().filter(|_| text.len() == 6);
    code.and_then(DivisionCode::new).ok_or(fault)
}

fn colour(text: &str) -> Result<Colour, FieldError> {
    let colours = [Colour::Green, Colour::Yellow, Colour::Red];
    let found = colours.into_iter().find(|colour| colour.word() == text);
    found.ok_or(FieldError {
        field: "colour",
        must_be: WORD,
    })
}

fn hash(text: &str) -> TextDigest {
    TextDigest::from_bytes(Sha256::digest(text.as_bytes()).into())
}

/// Exactly one of two.
fn either<T>(first: Option<T>, second: Option<T>, field: &'static str) -> Result<T, FieldError> {
    let must_be = "the only one given of the two that say whose or what";
    match (first, second) {
        (Some(one), None) | (None, Some(one)) => Ok(one),
        (Some(_), Some(_)) | (None, None) => Err(FieldError { field, must_be }),
    }
}

fn organisation(text: ActText) -> Result<ActBody, FieldError> {
    let ActText::OrganisationRegister {
        id,
        kind,
        division: place,
        name,
        key,
        section,
        part_of,
    } = text
    else {
        return Err(OTHER);
    };
    let part_of = part_of.map(|org| read("part_of", NAME, &org)).transpose()?;
    Ok(ActBody::OrganisationRegister(Organisation {
        id: read("id", NAME, &id)?,
        kind: read::<OrgKind>("kind", WORD, &kind)?,
        division: division("division", &place)?,
        section,
        part_of,
        name,
        key: read("key", HEX_32, &key)?,
    }))
}

fn officer(text: ActText) -> Result<ActBody, FieldError> {
    let ActText::OfficerRegister {
        id,
        org,
        roles,
        term_from,
        term_until,
        key,
        holder,
    } = text
    else {
        return Err(OTHER);
    };
    let roles = roles.iter().map(|role| read::<Role>("roles", WORD, role));
    Ok(ActBody::OfficerRegister(Officer {
        id: read("id", NAME, &id)?,
        org: read("org", NAME, &org)?,
        roles: roles.collect::<Result<_, _>>()?,
        term_from: read("term_from", INSTANT, &term_from)?,
        term_until: read("term_until", INSTANT, &term_until)?,
        key: read("key", HEX_32, &key)?,
        holder,
    }))
}

/// Never seen: each of these functions is called for its own act alone.
const OTHER: FieldError = FieldError {
    field: "act",
    must_be: WORD,
};

fn proposal(text: ActText) -> Result<ActBody, FieldError> {
    let ActText::OrderPropose {
        ground,
        area,
        people,
        reason,
        emergency,
        document,
    } = text
    else {
        return Err(OTHER);
    };
    if people.len() > TEXT_PEOPLE_MAX {
        let must_be = "a list of at most 10,000 people";
        return Err(FieldError {
            field: "people",
            must_be,
        });
    }
    let people = people.iter().map(|id| read("people", HEX_16, id));
    let people = people.collect::<Result<Vec<PersonId>, _>>()?;
    let document = document.map(|text| {
        Ok::<_, FieldError>(CommandDocument {
            number: text.number,
            text_sha256: read("text_sha256", HEX_32, &text.text_sha256)?,
            colour: colour(&text.colour)?,
            hours: text.hours,
        })
    });
    Ok(ActBody::OrderPropose(Proposal {
        ground: read::<Ground>("ground", WORD, &ground)?,
        area: division("area", &area)?,
        people: People::new(people),
        reason,
        emergency,
        document: document.transpose()?,
    }))
}

fn key_act(text: ActText) -> Result<ActBody, FieldError> {
    match text {
        ActText::KeyRotate { officer, org, key } => {
            let officer = officer.map(|id| read::<OfficerId>("officer", NAME, &id));
            let officer = officer.transpose()?.map(KeyOwner::Officer);
            let org = org.map(|id| read::<OrgId>("org", NAME, &id));
            let org = org.transpose()?.map(KeyOwner::Org);
            Ok(ActBody::KeyRotate {
                owner: either(officer, org, "officer")?,
                key: read("key", HEX_32, &key)?,
            })
        }
        ActText::KeyRevoke { key, reason } => Ok(ActBody::KeyRevoke {
            key: read::<PublicKey>("key", HEX_32, &key)?,
            reason,
        }),
        _ => Err(OTHER),
    }
}

fn area(text: ActText) -> Result<ActBody, FieldError> {
    match text {
        ActText::AreaDeclare {
            number,
            kind,
            division: place,
            from,
            until,
            text,
        } => Ok(ActBody::AreaDeclare(AreaOrder {
            number,
            kind: read::<AreaKind>("kind", WORD, &kind)?,
            division: division("division", &place)?,
            from: read::<Timestamp>("from", INSTANT, &from)?,
            until: read::<Timestamp>("until", INSTANT, &until)?,
            text_sha256: hash(&text),
        })),
        ActText::AreaLift { number } => Ok(ActBody::AreaLift { number }),
        _ => Err(OTHER),
    }
}

fn order(text: ActText) -> Result<ActBody, FieldError> {
    match text {
        ActText::OrderApprove { order, digest } => Ok(ActBody::OrderApprove {
            order: read("order", HEX_16, &order)?,
            digest: read("digest", HEX_32, &digest)?,
        }),
        ActText::OrderRefuse { order, reason } => Ok(ActBody::OrderRefuse {
            order: read("order", HEX_16, &order)?,
            reason,
        }),
        ActText::OrderWithdraw { order, reason } => Ok(ActBody::OrderWithdraw {
            order: read("order", HEX_16, &order)?,
            reason,
        }),
        ActText::StatementPublish { orders, text } => {
            let orders = orders.iter().map(|order| read("orders", HEX_16, order));
            Ok(ActBody::StatementPublish {
                orders: orders.collect::<Result<_, _>>()?,
                text_sha256: hash(&text),
                text,
            })
        }
        _ => Err(OTHER),
    }
}

fn about_person(text: ActText) -> Result<ActBody, FieldError> {
    match text {
        ActText::Convert {
            person,
            ground,
            release,
            channel,
            letter,
        } => Ok(ActBody::Convert {
            person: read("person", HEX_16, &person)?,
            ground: read("ground", WORD, &ground)?,
            release,
            channel: read::<Channel>("channel", WORD, &channel)?,
            letter,
        }),
        ActText::AppealFile {
            person,
            ground,
            evidence,
            text,
        } => {
            let ground = ground
                .map(|ground| read("ground", WORD, &ground))
                .transpose()?;
            let evidence = evidence
                .map(|id| read("evidence", HEX_16, &id))
                .transpose()?;
            let measure = ground.map(AppealTarget::Measure);
            let target = either(measure, evidence.map(AppealTarget::Evidence), "ground")?;
            Ok(ActBody::AppealFile {
                person: read("person", HEX_16, &person)?,
                target,
                text,
            })
        }
        ActText::AppealDecide {
            appeal,
            upheld,
            reason,
        } => Ok(ActBody::AppealDecide {
            appeal: read("appeal", HEX_16, &appeal)?,
            upheld,
            reason,
        }),
        ActText::AccessLook {
            person,
            purpose,
            case,
        } => Ok(ActBody::AccessLook {
            person: read("person", HEX_16, &person)?,
            purpose,
            case,
        }),
        _ => Err(OTHER),
    }
}

/// What people ask for, and what becomes of it.
fn asked(text: ActText) -> Result<ActBody, FieldError> {
    match text {
        ActText::CaseOpen { person, text } => Ok(ActBody::CaseOpen {
            person: read("person", HEX_16, &person)?,
            text,
        }),
        ActText::CaseTransfer { case, to, reason } => Ok(ActBody::CaseTransfer {
            case: read("case", HEX_16, &case)?,
            to: read("to", NAME, &to)?,
            reason,
        }),
        ActText::CaseAnswer { case, text } => Ok(ActBody::CaseAnswer {
            case: read("case", HEX_16, &case)?,
            text,
        }),
        ActText::AccessBreakGlass { person, reason } => Ok(ActBody::AccessBreakGlass {
            person: read("person", HEX_16, &person)?,
            reason,
        }),
        ActText::MovementRequest {
            person,
            need,
            from,
            until,
            text,
        } => Ok(ActBody::MovementRequest {
            person: read("person", HEX_16, &person)?,
            need: read("need", WORD, &need)?,
            from: read("from", INSTANT, &from)?,
            until: read("until", INSTANT, &until)?,
            text,
        }),
        ActText::MovementDecide {
            movement,
            granted,
            reason,
        } => Ok(ActBody::MovementDecide {
            movement: read("movement", HEX_16, &movement)?,
            granted,
            reason,
        }),
        ActText::ProxyBind {
            person,
            proxy,
            kind,
            until,
        } => Ok(ActBody::ProxyBind {
            person: read("person", HEX_16, &person)?,
            proxy: read("proxy", HEX_16, &proxy)?,
            kind: read("kind", WORD, &kind)?,
            until: read("until", INSTANT, &until)?,
        }),
        ActText::ProxyEnd { person, proxy } => Ok(ActBody::ProxyEnd {
            person: read("person", HEX_16, &person)?,
            proxy: read("proxy", HEX_16, &proxy)?,
        }),
        _ => Err(OTHER),
    }
}

impl TryFrom<ActText> for ActBody {
    type Error = FieldError;

    fn try_from(text: ActText) -> Result<Self, FieldError> {
        match text {
            ActText::OrganisationRegister { .. } => organisation(text),
            ActText::OfficerRegister { .. } => officer(text),
            ActText::KeyRotate { .. } | ActText::KeyRevoke { .. } => key_act(text),
            ActText::AreaDeclare { .. } | ActText::AreaLift { .. } => area(text),
            ActText::OrderPropose { .. } => proposal(text),
            ActText::OrderApprove { .. }
            | ActText::OrderRefuse { .. }
            | ActText::OrderWithdraw { .. }
            | ActText::StatementPublish { .. } => order(text),
            ActText::Convert { .. }
            | ActText::AppealFile { .. }
            | ActText::AppealDecide { .. }
            | ActText::AccessLook { .. } => about_person(text),
            ActText::DailyClose { day } => Ok(Self::DailyClose {
                day: read("day", DAY, &day)?,
            }),
            ActText::DailyReceive {
                division: place,
                day,
            } => Ok(Self::DailyReceive {
                division: division("division", &place)?,
                day: read("day", DAY, &day)?,
            }),
            ActText::CaseOpen { .. }
            | ActText::CaseTransfer { .. }
            | ActText::CaseAnswer { .. }
            | ActText::AccessBreakGlass { .. }
            | ActText::MovementRequest { .. }
            | ActText::MovementDecide { .. }
            | ActText::ProxyBind { .. }
            | ActText::ProxyEnd { .. } => asked(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(json: &str) -> Result<ActBody, String> {
        let text: ActText = serde_json::from_str(json).map_err(|error| error.to_string())?;
        ActBody::try_from(text).map_err(|error| error.to_string())
    }

    #[test]
    fn an_approval_is_written_in_hexadecimal() {
        let (order, digest) = ("ab".repeat(16), "cd".repeat(32));
        let json = format!(r#"{{"act":"order.approve","order":"{order}","digest":"{digest}"}}"#);
        let ActBody::OrderApprove {
            order: o,
            digest: d,
        } = body(&json).unwrap()
        else {
            panic!("another act");
        };
        assert_eq!((o.to_string(), d.to_string()), (order, digest));
    }

    #[test]
    fn every_text_becomes_the_act_of_its_name() {
        let (id, key) = ("ab".repeat(16), "cd".repeat(32));
        let at = "2022-06-13T10:00:00+08:00";
        let texts = [
            format!(
                r#"{{"act":"organisation.register","id":"a","kind":"cdc","division":"410100","name":"n","key":"{key}"}}"#
            ),
            format!(
                r#"{{"act":"officer.register","id":"a.b","org":"a","roles":["maker"],"term_from":"{at}","term_until":"{at}","key":"{key}","holder":"h"}}"#
            ),
            format!(r#"{{"act":"key.rotate","officer":"a.b","key":"{key}"}}"#),
            format!(r#"{{"act":"key.revoke","key":"{key}","reason":"lost"}}"#),
            format!(
                r#"{{"act":"area.declare","number":"1","kind":"risk","division":"410102","from":"{at}","until":"{at}","text":"t"}}"#
            ),
            r#"{"act":"area.lift","number":"1"}"#.to_owned(),
            format!(
                r#"{{"act":"order.propose","ground":"CLOSE","area":"410100","people":["{id}"],"reason":"r"}}"#
            ),
            format!(r#"{{"act":"order.approve","order":"{id}","digest":"{key}"}}"#),
            format!(r#"{{"act":"order.refuse","order":"{id}","reason":"r"}}"#),
            format!(r#"{{"act":"order.withdraw","order":"{id}","reason":"r"}}"#),
            format!(
                r#"{{"act":"convert","person":"{id}","ground":"CLOSE","release":"tests","channel":"online"}}"#
            ),
            format!(r#"{{"act":"appeal.file","person":"{id}","ground":"CLOSE","text":"t"}}"#),
            format!(r#"{{"act":"appeal.decide","appeal":"{id}","upheld":true,"reason":"r"}}"#),
            format!(r#"{{"act":"access.look","person":"{id}","purpose":"p","case":"c"}}"#),
            r#"{"act":"daily.close","day":"2022-06-13"}"#.to_owned(),
            r#"{"act":"daily.receive","division":"410100","day":"2022-06-13"}"#.to_owned(),
            format!(r#"{{"act":"statement.publish","orders":["{id}"],"text":"t"}}"#),
            format!(r#"{{"act":"case.open","person":"{id}","text":"t"}}"#),
            format!(r#"{{"act":"case.transfer","case":"{id}","to":"a","reason":"r"}}"#),
            format!(r#"{{"act":"case.answer","case":"{id}","text":"t"}}"#),
            format!(r#"{{"act":"access.break_glass","person":"{id}","reason":"r"}}"#),
            format!(
                r#"{{"act":"movement.request","person":"{id}","need":"medical","from":"{at}","until":"{at}","text":"t"}}"#
            ),
            format!(r#"{{"act":"movement.decide","movement":"{id}","granted":true,"reason":"r"}}"#),
            format!(
                r#"{{"act":"proxy.bind","person":"{id}","proxy":"{id}","kind":"guardian","until":"{at}"}}"#
            ),
            format!(r#"{{"act":"proxy.end","person":"{id}","proxy":"{id}"}}"#),
        ];
        for text in texts {
            let named = serde_json::from_str::<serde_json::Value>(&text).unwrap();
            assert_eq!(body(&text).unwrap().kind(), named["act"].as_str().unwrap());
        }
    }

    #[test]
    fn a_wrong_field_is_named_with_what_it_must_be() {
        let wrong = [
            (
                r#"{"act":"order.refuse","order":"xy","reason":"r"}"#,
                "`order` is not 32",
            ),
            (
                r#"{"act":"daily.close","day":"13 June"}"#,
                "`day` is not a day",
            ),
            (
                r#"{"act":"appeal.file","person":"00","text":"t"}"#,
                "`ground` is not the only one",
            ),
            (
                r#"{"act":"area.lift","number":"1","more":1}"#,
                "unknown field",
            ),
            (r#"{"act":"genesis"}"#, "unknown variant"),
        ];
        for (json, words) in wrong {
            let error = body(json).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
