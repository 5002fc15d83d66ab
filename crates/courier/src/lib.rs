//! The courier: takes notices out of the outbox, has them worded, and hands them to a channel.
//!
//! Owns the channels and the loop. Invariant: an attempt stands in the outbox before the first byte
//! leaves, and every attempt of a notice carries the same id; so a crash at any moment loses nothing
//! and what it repeats can be told apart. Refuses: to decide, and to hold more than one batch.

mod run;
mod settings;
mod smtp;
mod webhook;

pub use run::{Counters, Courier, Stop, run};
pub use settings::{Security, Settings, SettingsError, SmtpSettings, WebhookSettings};
pub use smtp::Smtp;
pub use webhook::{Webhook, sign};

use app::notices::{Letter, Route, Sent};
use domain::time::Timestamp;

/// A way out.
pub trait Channel: Send {
    /// Which route it serves.
    fn route(&self) -> Route;
    /// Whether it can reach the person of a letter.
    fn reaches(&self, letter: &Letter) -> bool;
    /// Hands a letter over now, and says what became of it. Takes seconds at most.
    fn send(&mut self, letter: &Letter, now: Timestamp) -> Sent;
}

/// The channels that are set up, in the order of trying.
///
/// # Errors
/// What a setting says that cannot be used.
pub fn channels(settings: &Settings) -> Result<Vec<Box<dyn Channel>>, SettingsError> {
    let mut channels: Vec<Box<dyn Channel>> = Vec::new();
    if let Some(webhook) = &settings.webhook {
        channels.push(Box::new(Webhook::new(webhook)?));
    }
    if let Some(smtp) = &settings.smtp {
        channels.push(Box::new(Smtp::new(smtp)?));
    }
    Ok(channels)
}
