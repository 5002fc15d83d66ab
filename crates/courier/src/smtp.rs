//! Letters by e-mail, over SMTP.
//!
//! Invariant: `Message-ID` is made of the notice's id, the same in every attempt, so that a repeat is
//! dropped or recognised; nothing is marked as sent before the server has said 250. Refuses: to go on
//! in clear where TLS was asked for.

use crate::Channel;
use crate::settings::{Security, SettingsError, SmtpSettings};
use app::notices::{Letter, Route, Sent};
use domain::time::Timestamp;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{Message, SmtpTransport, Transport as _};
use std::time::Duration;

const TIME_MAX: Duration = Duration::from_secs(10);

/// An e-mail server.
pub struct Smtp {
    transport: SmtpTransport,
    from: Mailbox,
    domain: String,
}

impl Smtp {
    /// A server by its settings. Nothing is connected yet.
    ///
    /// # Errors
    /// A sender that is no address, or a name that is none.
    pub fn new(settings: &SmtpSettings) -> Result<Self, SettingsError> {
        // Whoever set one before means it; then this changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let from: Mailbox = settings.from.parse().map_err(|_| SettingsError {
            name: "smtp.from",
            why: format!("`{}` is not an address", settings.from),
            help: "write an address such as `notice@example.org`",
        })?;
        let host = settings.host.as_str();
        let unusable = |error: Error| SettingsError {
            name: "smtp.host",
            why: format!("`{host}` cannot be used: {error}"),
            help: "write the name of the server that its certificate bears",
        };
        let mut builder = match settings.security {
            Security::Tls => SmtpTransport::relay(host).map_err(unusable)?,
            Security::Starttls => SmtpTransport::starttls_relay(host).map_err(unusable)?,
            Security::Clear => SmtpTransport::builder_dangerous(host),
        };
        if let Some(port) = settings.port {
            builder = builder.port(port);
        }
        if let (Some(user), Some(password)) = (&settings.user, &settings.password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        let pool = PoolConfig::new().max_size(1);
        let transport = builder.timeout(Some(TIME_MAX)).pool_config(pool).build();
        let domain = from.email.domain().to_owned();
        Ok(Self {
            transport,
            from,
            domain,
        })
    }

    fn message(&self, letter: &Letter) -> Result<Message, String> {
        let to = letter.email.as_deref().unwrap_or_default();
        let to: Mailbox = to.parse().map_err(|_| "the address is none".to_owned())?;
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .message_id(Some(format!("<{}@{}>", letter.id, self.domain)))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject.clone())
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.clone())
            .map_err(|error| error.to_string())
    }
}

impl Channel for Smtp {
    fn route(&self) -> Route {
        Route::Mail
    }

    fn reaches(&self, letter: &Letter) -> bool {
        letter.email.is_some()
    }

    fn send(&mut self, letter: &Letter, _: Timestamp) -> Sent {
        let message = match self.message(letter) {
            Ok(message) => message,
            Err(why) => return Sent::Refused(why),
        };
        match self.transport.send(&message) {
            Ok(_) => Sent::Done,
            Err(error) => judge(error.status().map(u16::from), &error),
        }
    }
}

/// What a failure says of a letter: only an answer about the mailbox is final. That the server does
/// not like us (530, 535, 554) is for the operator to mend, and the letter waits.
fn judge(code: Option<u16>, error: &Error) -> Sent {
    match code {
        // The server's words may hold the address; the code says enough.
        Some(code @ (550 | 551 | 553)) => Sent::Refused(format!("the server answers {code}")),
        Some(code) => Sent::Later {
            after_s: None,
            why: format!("the server answers {code}"),
        },
        None => Sent::Later {
            after_s: None,
            why: error.to_string(),
        },
    }
}
