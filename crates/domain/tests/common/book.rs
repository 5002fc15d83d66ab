//! A rule book over all twenty grounds, plausible and within the machine's caps.

use super::{START, pack_digest, place};
use domain::colour::{Ground, Steps};
use domain::evidence::{EvidenceKind, Field, Precision};
use domain::organisation::OrgKind;
use domain::rules::{
    Anchor, Contract, Deadlines, ExistingMeasures, GroundRule, Instrument, Link, ReleaseRule,
    RuleBook, VolumeGuard,
};
use domain::time::DAY_S;
use std::collections::BTreeMap;

pub const DAY: u32 = 86_400;

pub fn contract(kind: EvidenceKind, suppliers: &[OrgKind]) -> Contract {
    Contract {
        kind,
        suppliers: suppliers.to_vec(),
        required: Vec::new(),
        max_age_s: 14 * DAY,
        link: Link::None,
        min_precision: None,
    }
}

/// Automatic, with days of red and yellow.
fn rule(kind: EvidenceKind, suppliers: &[OrgKind], red: u32, yellow: u32) -> GroundRule {
    GroundRule {
        ground: kind.ground().unwrap(),
        basis: "test".to_owned(),
        steps: Steps {
            red_s: red * DAY,
            yellow_s: yellow * DAY,
            flag_s: 0,
        },
        anchor: Anchor::Decision,
        automatic: true,
        automatic_people: None,
        by_order: false,
        contract: contract(kind, suppliers),
        releases: Vec::new(),
    }
}

fn ordered(kind: EvidenceKind, suppliers: &[OrgKind], red: u32, yellow: u32) -> GroundRule {
    GroundRule {
        automatic: false,
        by_order: true,
        ..rule(kind, suppliers, red, yellow)
    }
}

pub fn release(name: &str, kind: EvidenceKind, count: u8, gap_s: u32) -> ReleaseRule {
    ReleaseRule {
        name: name.to_owned(),
        basis: "test".to_owned(),
        kind,
        count,
        gap_s,
        after_s: 0,
        automatic: false,
    }
}

fn linked(mut rule: GroundRule, link: Link) -> GroundRule {
    rule.contract.link = link;
    rule
}

fn releasing(mut rule: GroundRule, releases: &[ReleaseRule]) -> GroundRule {
    rule.releases = releases.to_vec();
    rule
}

fn rules() -> Vec<GroundRule> {
    use EvidenceKind as K;
    use OrgKind as O;
    let note = release("note", K::ReleaseNote, 1, 0);
    let two = release("two-negatives", K::NegativeTest, 2, DAY);
    let by_itself = |release: &ReleaseRule| ReleaseRule {
        automatic: true,
        ..release.clone()
    };
    let after_three = ReleaseRule {
        after_s: 3 * DAY,
        ..by_itself(&note)
    };
    let mut close = linked(rule(K::CloseContact, &[O::Cdc], 7, 3), Link::IndexCase);
    close.anchor = Anchor::Fact;
    let mut companion = linked(rule(K::Companion, &[O::Industry], 0, 7), Link::IndexCase);
    companion.contract.min_precision = Some(Precision::Community);
    let mut inbound = rule(K::EntryRecord, &[O::Immigration, O::Customs], 7, 3);
    inbound.by_order = true;
    let mut push = rule(K::ProvincePush, &[O::OtherProvince], 7, 0);
    push.contract.required = vec![Field::Pushed, Field::Expires];
    push.by_order = true;
    let mut seal = linked(
        ordered(K::SealedArea, &[O::HealthCommission], 0, 7),
        Link::Area,
    );
    seal.contract.required = vec![Field::LinkReference];
    let stays = [O::Transport, O::HealthCommission];
    vec![
        rule(K::CaseReport, &[O::Hospital, O::Cdc], 14, 0),
        rule(K::AsymptomaticReport, &[O::Cdc], 14, 0),
        rule(K::SuspectedReport, &[O::Hospital], 7, 0),
        rule(K::PreliminaryPositive, &[O::Laboratory], 3, 0),
        releasing(
            rule(K::PoolAbnormal, &[O::Laboratory], 0, 3),
            &[by_itself(&release("retest", K::SingleRetest, 1, 0))],
        ),
        close,
        linked(
            rule(K::SecondaryContact, &[O::Cdc], 0, 7),
            Link::IndexContact,
        ),
        companion,
        inbound,
        linked(ordered(K::AreaStay, &stays, 7, 0), Link::Area),
        seal,
        linked(
            ordered(K::SpillOver, &[O::HealthCommission], 7, 0),
            Link::Area,
        ),
        releasing(rule(K::Discharge, &[O::Hospital], 0, 7), &[after_three]),
        releasing(
            rule(K::Symptom, &[O::Clinic, O::SelfReport], 2, 5),
            &[by_itself(&two)],
        ),
        linked(
            rule(K::TestOverdue, &[O::HealthCommission], 0, 3),
            Link::TestRound,
        ),
        releasing(
            ordered(K::TravelRecord, &[O::Transport], 0, 7),
            &[two, note.clone()],
        ),
        ordered(K::ColdChain, &[O::MarketRegulator], 0, 7),
        ordered(K::JobRoster, &[O::Employer], 0, 7),
        releasing(push, std::slice::from_ref(&note)),
        releasing(
            ordered(K::CommandDocument, &[O::Headquarters], 3, 0),
            &[note],
        ),
    ]
}

/// The book under this name; two names are two packs.
pub fn book(name: &str) -> RuleBook {
    use EvidenceKind as K;
    let testers = [OrgKind::Laboratory, OrgKind::Hospital];
    let release_evidence = [
        contract(K::NegativeTest, &testers),
        contract(K::SingleRetest, &testers),
        contract(
            K::ReleaseNote,
            &[OrgKind::IsolationSite, OrgKind::HealthCommission],
        ),
        contract(K::TestTaken, &testers),
    ];
    RuleBook {
        digest: pack_digest(name),
        name: name.to_owned(),
        version: "1".to_owned(),
        province: place(410_000),
        instrument: Instrument {
            title: "test".to_owned(),
            number: String::new(),
            issuer: "test".to_owned(),
            date: String::new(),
        },
        valid_from: START.plus_s(-30 * DAY_S),
        sunset: START.plus_s(200 * DAY_S),
        utc_offset_s: 28_800,
        deadlines: Deadlines {
            notice_s: 300,
            appeal_hours: 24,
            conversion_hours: 6,
            daily_close_s: 18 * 3_600,
            emergency_s: DAY,
        },
        volume: VolumeGuard {
            people: 100,
            window_s: DAY,
        },
        existing: ExistingMeasures::Keep,
        grounds: rules()
            .into_iter()
            .map(|rule| (rule.ground, rule))
            .collect(),
        release_evidence: release_evidence.into_iter().map(|c| (c.kind, c)).collect(),
        ours: Vec::new(),
    }
}

/// A book with one rule changed.
pub fn book_with(name: &str, ground: Ground, change: impl FnOnce(&mut GroundRule)) -> RuleBook {
    let mut book = book(name);
    let mut grounds: BTreeMap<_, _> = std::mem::take(&mut book.grounds);
    change(grounds.get_mut(&ground).unwrap());
    book.grounds = grounds;
    book
}
