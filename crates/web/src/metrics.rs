//! Numbers about the server itself, for Prometheus.
//!
//! Invariant: labels are route templates, methods and kinds of answers from closed sets, so that
//! nothing about anybody is counted and the number of series has an end.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::fmt;

/// A number that is read where it is kept, whenever it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Its name, without `mingma_`.
    pub name: &'static str,
    /// What it tells.
    pub help: &'static str,
    /// The number.
    pub value: u64,
    /// Whether it only grows: then `_total` stands behind its name.
    pub grows: bool,
}

/// Upper bounds of the classes of latency, in seconds.
const SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    method: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// The counters of this server.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Histogram,
    submissions: Family<Outcome, Counter>,
}

impl Metrics {
    /// Counters at zero.
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("mingma");
        let requests = Family::default();
        let seconds = Histogram::new(SECONDS);
        let submissions = Family::default();
        registry.register("requests", "Requests answered", requests.clone());
        registry.register("request_seconds", "Time to an answer", seconds.clone());
        registry.register("submissions", "Submissions by outcome", submissions.clone());
        Self {
            registry,
            requests,
            seconds,
            submissions,
        }
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, route: String, method: &'static str, status: u16, seconds: f64) {
        let status = match status {
            100..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        let labels = Answered {
            route,
            method,
            status,
        };
        self.requests.get_or_create(&labels).inc();
        self.seconds.observe(seconds);
    }

    /// Counts a submission.
    pub(crate) fn submission(&self, outcome: &'static str) {
        self.submissions.get_or_create(&Outcome { outcome }).inc();
    }

    /// Everything as text.
    pub(crate) fn text(&self, ready: bool, readings: &[Reading]) -> Result<String, fmt::Error> {
        let mut now = Registry::with_prefix("mingma");
        let gauge = ConstGauge::new(i64::from(ready));
        now.register("ready", "Whether submissions are taken", gauge);
        for reading in readings {
            let Reading { name, help, .. } = *reading;
            match reading.grows {
                true => now.register(name, help, ConstCounter::new(reading.value)),
                false => now.register(name, help, ConstGauge::new(reading.value)),
            }
        }
        let (mut text, mut all) = (String::new(), String::new());
        encode(&mut text, &now)?;
        encode(&mut all, &self.registry)?;
        // Each ends by itself; together they end once.
        let text = text.strip_suffix("# EOF\n").unwrap_or(&text);
        Ok([text, &all].concat())
    }
}
