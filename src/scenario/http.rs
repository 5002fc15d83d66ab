//! A scenario on a server: signed bytes over HTTP, the library beside it, and the same answers.
//!
//! Invariant: after every submission the server's answer (entry, digest, refusal, fate of each row)
//! and its public leaf are those of the library playing the same bytes at the same instant; the
//! two commitments differ, for the server draws its own salts. What a check asks of a person's code
//! is asked of the server too. Any difference ends the run.

use super::driver::{Driver, DriverError, LibraryDriver};
use crate::client::{Answer, Client, ClientError};
use app::explain::{Explanation, Language};
use app::ledger::{Ledger, Receipt};
use app::ports::Views;
use domain::leaf::Leaf;
use domain::time::Timestamp;
use serde_json::{Value, json};
use std::cell::Cell;

/// The fields of a leaf that come from secret salts.
const SALTED: [&str; 2] = ["subjects", "act"];

/// A ledger on a server that rehearses.
pub struct HttpDriver {
    client: Client,
    library: LibraryDriver,
    /// What the server's clock was set to.
    clock: Cell<Option<Timestamp>>,
}

impl From<ClientError> for DriverError {
    fn from(error: ClientError) -> Self {
        Self(error.to_string())
    }
}

fn differs(what: &str, here: &Value, there: &Value) -> DriverError {
    DriverError(format!(
        "the server and the library differ in {what}: the library has {here}, the server {there}"
    ))
}

impl HttpDriver {
    /// Begins an empty ledger on a server that was started with `mingma serve --rehearsal`.
    pub fn begin(url: &str, origin: &str) -> Result<Self, DriverError> {
        let driver = Self {
            client: Client::open(url)?,
            library: LibraryDriver::new()?,
            clock: Cell::new(None),
        };
        driver.direct("ledger", &json!({ "origin": origin }))?;
        Ok(driver)
    }

    /// Sets the stage.
    fn direct(&self, what: &str, order: &Value) -> Result<(), DriverError> {
        let body = order.to_string().into_bytes();
        let path = format!("/rehearsal/v1/{what}");
        let body = Some(("application/json", body.as_slice()));
        let answer = self.client.ask("POST", &path, body, None)?;
        match answer.status {
            204 => Ok(()),
            404 => Err(DriverError(
                "the server does not rehearse\nhelp: start it with `mingma serve --rehearsal`"
                    .to_owned(),
            )),
            status => Err(DriverError(format!(
                "the stage cannot be set ({status}): {}",
                String::from_utf8_lossy(&answer.body)
            ))),
        }
    }

    fn set_clock(&self, at: Timestamp) -> Result<(), DriverError> {
        if self.clock.replace(Some(at)) != Some(at) {
            self.direct("clock", &json!({ "at": at.to_string() }))?;
        }
        Ok(())
    }

    fn value(answer: &Answer) -> Result<Value, DriverError> {
        serde_json::from_slice(&answer.body)
            .map_err(|error| DriverError(format!("the server's answer is no JSON: {error}")))
    }

    /// Sends one submission and demands the library's answer.
    fn send(&self, bytes: &[u8], receipt: &Receipt) -> Result<(), DriverError> {
        let body = Some(("application/cose", bytes));
        let answer = self.client.ask("POST", "/api/v1/submissions", body, None)?;
        let told = Self::value(&answer)?;
        let refusal = receipt.refusal.as_ref();
        let status = match (refusal, receipt.known) {
            (Some(_), _) => 422,
            (None, true) => 200,
            (None, false) => 201,
        };
        let here = json!({
            "status": status,
            "entry": receipt.seq,
            "code": refusal.map(|refusal| refusal.code.word()),
            "detail": refusal.map(|refusal| &refusal.detail),
        });
        let there = json!({
            "status": answer.status,
            "entry": told.get("entry"),
            "code": told.pointer("/refusal/code"),
            "detail": told.pointer("/refusal/detail"),
        });
        if here != there {
            return Err(differs("the answer", &here, &there));
        }
        let fates: Vec<&str> = receipt
            .rows
            .iter()
            .map(|row| row.map_or("refused", domain::machine::RowTaken::word))
            .collect();
        let rows = told.get("rows").and_then(Value::as_array);
        let rows = rows.into_iter().flatten().map(|row| row.get("fate"));
        let (here, there) = (json!(fates), json!(rows.collect::<Vec<_>>()));
        if here != there {
            return Err(differs("the rows", &here, &there));
        }
        receipt.leaf.as_ref().map_or(Ok(()), |leaf| self.leaf(leaf))
    }

    /// Demands the library's public leaf, but for its commitments.
    fn leaf(&self, leaf: &Leaf) -> Result<(), DriverError> {
        let path = format!("/api/v1/entries/{}", leaf.seq);
        let mut there = Self::value(&self.client.ask("GET", &path, None, None)?)?;
        let mut here = serde_json::to_value(leaf).unwrap_or_default();
        for value in [&mut here, &mut there] {
            if let Some(fields) = value.as_object_mut() {
                SALTED.iter().for_each(|field| drop(fields.remove(*field)));
            }
        }
        match here == there {
            true => Ok(()),
            false => Err(differs("a public leaf", &here, &there)),
        }
    }
}

impl Driver for HttpDriver {
    fn name(&self) -> &str {
        "http"
    }

    fn submit(&mut self, now: Timestamp, bytes: Vec<Vec<u8>>) -> Result<Vec<Receipt>, DriverError> {
        self.set_clock(now)?;
        let receipts = self.library.submit(now, bytes.clone())?;
        for (bytes, receipt) in bytes.iter().zip(&receipts) {
            self.send(bytes, receipt)?;
        }
        Ok(receipts)
    }

    fn ledger(&self) -> &Ledger {
        self.library.ledger()
    }

    fn reopen(&mut self) -> Result<(), DriverError> {
        self.direct("restart", &Value::Null)?;
        self.library.reopen()
    }

    fn views(&mut self) -> Result<&dyn Views, DriverError> {
        self.library.views()
    }

    fn confirm(&self, told: &Explanation) -> Result<(), DriverError> {
        self.set_clock(told.at)?;
        let path = format!("/rehearsal/v1/people/{}/code", told.person);
        let there = Self::value(&self.client.ask("GET", &path, None, None)?)?;
        let pack = self.ledger().packs().in_force();
        let here = web::CodeBody::of(told.clone(), pack.as_deref(), Language::ZhCn);
        let here = serde_json::to_value(here).unwrap_or_default();
        match here == there {
            true => Ok(()),
            false => Err(differs("a person's code", &here, &there)),
        }
    }
}
