//! An office behind the writer's thread, and those who work beside it.
//!
//! Invariant: what is answered is durable; a report beyond its organisation's quota becomes no entry, and
//! only what the ledger found true is counted. Refuses: nothing that the ledger would take, but that.

use crate::backup::Backups;
use crate::notices::Post;
use crate::office::{Office, OfficeError};
use crate::press::Press;
use crate::serve::SharedClock;
use app::ledger::Receipt;
use app::quota::{self, OverQuota, Quotas, Rule};
use app::records::Filed;
use domain::act::Proposal;
use domain::machine::{self, Preview};
use domain::time::Timestamp;
use intake::Claim;
use std::sync::Arc;
use web::credentials::Wanted;
use web::writer::{Credentials, Scribe, Taken};

/// An office that the writer's thread owns, and the record that others read.
pub(crate) struct OfficeScribe {
    office: Office,
    records: Arc<Filed>,
    packs: usize,
    clock: SharedClock,
    post: Option<Post>,
    press: Option<Press>,
    backups: Option<Backups>,
    quotas: Quotas,
}

impl OfficeScribe {
    /// One that keeps notices, site and backups going beside it.
    pub(crate) fn new(
        office: Office,
        clock: SharedClock,
        (post, press, backups): (Option<Post>, Option<Press>, Option<Backups>),
        quota: Rule,
    ) -> Self {
        let rows = Box::new(office.views().clone());
        let packs = office.ledger().packs();
        let quotas = Quotas::learned(quota, office.ledger().state(), clock.now());
        Self {
            quotas,
            packs: office.ledger().state().packs.len(),
            records: Arc::new(Filed::new(rows, packs)),
            office,
            clock,
            post,
            press,
            backups,
        }
    }
}

impl OfficeScribe {
    /// The record that others read.
    pub(crate) fn records(&self) -> Arc<Filed> {
        Arc::clone(&self.records)
    }

    /// Whether a report is more than its organisation's quota leaves; what is an entry already is not.
    fn over_quota(&self, claim: &Claim, bytes: &[u8], now: Timestamp) -> Option<OverQuota> {
        let over = self.quotas.check(&claim.org, now, claim.rows).err()?;
        let state = self.office.ledger().state();
        let is_known = state.seen.contains_key(&intake::digest(bytes));
        (!is_known).then_some(over)
    }

    /// Counts what was taken: the ledger has found that the claim is true.
    fn count(&mut self, claim: Option<Claim>, receipt: &Receipt) {
        if let (Some(claim), None, Some(leaf)) = (claim, &receipt.refusal, &receipt.leaf) {
            let rows = quota::counted(&receipt.rows);
            self.quotas.count(&claim.org, leaf.at, rows);
        }
    }
}

/// What it says.
pub(crate) fn words(error: OfficeError) -> String {
    error.to_string()
}

impl Scribe for OfficeScribe {
    fn submit(&mut self, group: Vec<Vec<u8>>) -> Result<Vec<Taken>, String> {
        let now = self.clock.now();
        if self.quotas.is_off() {
            let receipts = self.office.submit(now, group).map_err(words)?;
            return Ok(receipts.into_iter().map(Ok).collect());
        }
        let claims: Vec<_> = group.iter().map(|bytes| Claim::of(bytes)).collect();
        let over = claims.iter().zip(&group);
        let over: Vec<_> = over
            .map(|(claim, bytes)| self.over_quota(claim.as_ref()?, bytes, now))
            .collect();
        let taken = group.into_iter().zip(&over);
        let taken = taken.filter_map(|(bytes, over)| over.is_none().then_some(bytes));
        let receipts = self.office.submit(now, taken.collect()).map_err(words)?;
        let mut receipts = receipts.into_iter();
        let mut answers = Vec::with_capacity(over.len());
        for (claim, over) in claims.into_iter().zip(over) {
            answers.push(match over {
                Some(over) => Err(over),
                None => {
                    let receipt = receipts.next();
                    let receipt = receipt.ok_or("the ledger gave no answer")?;
                    self.count(claim, &receipt);
                    Ok(receipt)
                }
            });
        }
        Ok(answers)
    }

    fn settle(&mut self) -> Result<(), String> {
        // Before the rows that are decided by it.
        let adopted = self.office.ledger().state().packs.len();
        if adopted != self.packs {
            self.packs = adopted;
            self.records.renew(self.office.ledger().packs());
        }
        self.office.settle().map_err(words)?;
        self.tick()
    }

    fn tick(&mut self) -> Result<(), String> {
        if let Some(post) = &self.post {
            post.serve(&mut self.office).map_err(words)?;
        }
        if let Some(backups) = &self.backups {
            backups.serve(&mut self.office);
        }
        match &mut self.press {
            Some(press) => press
                .serve(&mut self.office, self.clock.now())
                .map_err(words),
            None => Ok(()),
        }
    }

    fn recover(&mut self) -> Result<(), String> {
        self.office.recover().map_err(words)?;
        self.packs = 0;
        if let Some(press) = &mut self.press {
            press.forget_cut();
        }
        self.settle()
    }

    fn issue(&mut self, wanted: &[Wanted]) -> Vec<Credentials> {
        let now = self.clock.now();
        let issued = self.office.issue_asked(now, wanted);
        if let Some(press) = &mut self.press {
            press.issued(&self.office, now, issued.iter().flatten().flatten());
        }
        issued
    }

    fn preview(&self, proposal: &Proposal) -> Option<Preview> {
        let ledger = self.office.ledger();
        let pack = ledger.pack()?;
        let now = self.clock.now();
        Some(machine::preview(
            ledger.state(),
            pack.rules(),
            now,
            proposal,
        ))
    }

    fn close(self) -> Result<(), String> {
        let backed_up = self.backups.map_or(Ok(()), Backups::stop);
        let pressed = self.press.map_or(Ok(()), Press::stop);
        let stopped = self.post.map_or(Ok(()), Post::stop);
        self.office.close().map_err(words)?;
        stopped.map_err(|error| error.to_string())?;
        pressed.and(backed_up)
    }
}
