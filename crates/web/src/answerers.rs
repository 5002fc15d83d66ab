//! The bodies that may answer a case: to whom one can be passed on.
//!
//! Invariant: names that the public log has anyway, of the kinds of bodies that the packs let answer.

use crate::Desk;
use crate::access::{ANSWERERS, Granted};
use crate::lists::{self, Asked, Page, Scan};
use crate::offices::{Asking, asked};
use crate::problem::{Problem, ProblemBody};
use app::ports::Pair;
use app::records::read;
use axum::Json;
use axum::extract::{Extension, State};
use domain::view::{OrganisationView, Table};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A body that may answer a case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswererBody {
    /// Its id.
    pub(crate) org: String,
    /// Its kind.
    kind: &'static str,
    /// Its name.
    pub(crate) name: String,
    /// Where it acts, GB/T 2260.
    division: String,
}

/// A page of them.
pub(crate) fn page(desk: &Desk, which: &Asked) -> Result<Page<AnswererBody>, Problem> {
    let scan = Scan {
        table: Table::Organisations,
        prefix: &[],
    };
    let now = desk.setup.clock.now();
    lists::page(desk, &scan, which, |(_, bytes): &Pair| {
        let view: OrganisationView = desk.read(read(Table::Organisations, bytes))?;
        let body = view.organisation;
        let answers = ANSWERERS.contains(&body.kind) && now < view.key_until;
        Ok(answers.then(|| AnswererBody {
            org: body.id.to_string(),
            kind: body.kind.word(),
            name: body.name,
            division: body.division.to_string(),
        }))
    })
}

/// Bodies that a case can be passed on to.
#[utoipa::path(
    get,
    path = "/api/v1/answerers",
    params(Asked),
    responses(
        (status = 200, description = "a page of bodies", body = Page<AnswererBody>),
        (status = "default", description = "a problem", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn answerers(
    State(desk): State<Arc<Desk>>,
    Extension(_granted): Extension<Granted>,
    query: Asking<Asked>,
) -> Result<Json<Page<AnswererBody>>, Problem> {
    let which = asked(query)?;
    lists::aside(&desk, move |desk| page(desk, &which).map(Json)).await
}
