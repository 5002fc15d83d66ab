//! The courier against a gateway and an e-mail server on loopback, with an outbox of its own.
#![expect(clippy::unwrap_used, reason = "tests")]

use app::notices::{Event, Letter, Notice, Posted, Standing};
use app::ports::{FixedClock, Outbox, Secretary, StorageError};
use courier::{
    Channel, Counters, Courier, Security, Settings, SmtpSettings, Stop, WebhookSettings,
};
use domain::document::PersonId;
use domain::time::Timestamp;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use store::MemoryOutbox;

const NOW: Timestamp = Timestamp::from_unix(1_655_000_000);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A gateway that gives these answers, one a request, and passes on what it was sent.
fn gateway(answers: &'static [&'static str]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/sms", listener.local_addr().unwrap());
    let (sender, heard) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let mut request = String::new();
            let mut length = 0;
            while !request.ends_with("\r\n\r\n") {
                let start = request.len();
                assert!(reader.read_line(&mut request).unwrap() > 0);
                let line = request[start..].to_ascii_lowercase();
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            request.push_str(std::str::from_utf8(&body).unwrap());
            let answer =
                format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            sender.send(request).unwrap();
        }
    });
    (url, heard)
}

/// An e-mail server that answers RCPT with these replies, and passes on the letters it took.
fn mail_server(replies: &'static [&'static str]) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, heard) = channel();
    std::thread::spawn(move || {
        let mut replies = replies.iter();
        while let Ok((stream, _)) = listener.accept() {
            converse(BufReader::new(stream), &mut replies, &sender);
        }
    });
    (port, heard)
}

fn converse(
    mut reader: BufReader<std::net::TcpStream>,
    replies: &mut std::slice::Iter<'_, &'static str>,
    sender: &Sender<String>,
) {
    let say = |reader: &mut BufReader<std::net::TcpStream>, text: &str| {
        reader
            .get_mut()
            .write_all(format!("{text}\r\n").as_bytes())
            .unwrap();
    };
    say(&mut reader, "220 sink.example ESMTP");
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap_or(0) > 0 {
        let verb = line.get(..4).unwrap_or("").to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => say(&mut reader, "250 sink.example"),
            "RCPT" => say(&mut reader, replies.next().unwrap_or(&"250 ok")),
            "DATA" => {
                say(&mut reader, "354 go on");
                let mut letter = String::new();
                while !letter.ends_with("\r\n.\r\n") {
                    assert!(reader.read_line(&mut letter).unwrap() > 0);
                }
                sender.send(letter).unwrap();
                say(&mut reader, "250 taken");
            }
            "QUIT" => {
                say(&mut reader, "221 bye");
                return;
            }
            _ => say(&mut reader, "250 ok"),
        }
        line.clear();
    }
}

fn notice(entry: u64) -> Notice {
    Notice {
        entry,
        person: PersonId::from_bytes([7; 16]),
        event: Event::Imposed,
        at: NOW,
        due: NOW.plus_s(300),
    }
}

/// Says the same to everybody.
struct Clerk {
    phone: Option<&'static str>,
    email: Option<&'static str>,
}

impl Secretary for Clerk {
    fn letters(&mut self, notices: &[Notice]) -> Result<Vec<Letter>, StorageError> {
        let letter = |notice: &Notice| Letter {
            id: notice.id("ledger.example/41"),
            notice: *notice,
            subject: "健康码告知".to_owned(),
            body: "您的健康码转为黄码。".to_owned(),
            sms: "您的健康码转为黄码。热线：12345".to_owned(),
            phone: self.phone.map(str::to_owned),
            email: self.email.map(str::to_owned),
        };
        Ok(notices.iter().map(letter).collect())
    }
}

fn settings(url: Option<String>, port: Option<u16>) -> Settings {
    Settings {
        webhook: url.map(|url| WebhookSettings {
            url,
            secret: SECRET.to_owned(),
        }),
        smtp: port.map(|port| SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: Some(port),
            security: Security::Clear,
            from: "健康码 <notice@example.org>".to_owned(),
            user: None,
            password: None,
        }),
        ..Settings::default()
    }
}

/// One turn at an instant; gives the row after it.
fn turn(
    outbox: &MemoryOutbox,
    clerk: &mut dyn Secretary,
    channels: &mut [Box<dyn Channel>],
    now: Timestamp,
    counters: &Counters,
) -> Posted {
    let mut courier = Courier {
        outbox,
        secretary: clerk,
        channels,
        clock: &FixedClock(now),
        counters,
    };
    courier.turn(&Stop::default()).unwrap();
    outbox.rows(None, 1).unwrap().remove(0)
}

fn queued() -> MemoryOutbox {
    let outbox = MemoryOutbox::default();
    outbox.enqueue(&[notice(7)], NOW, Some(8)).unwrap();
    outbox
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let lines = request.lines();
    let mut found = lines.filter_map(|line| line.split_once(": "));
    found
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .unwrap()
        .1
}

#[test]
fn a_short_message_goes_again_after_503_with_the_same_id_and_no_sooner_than_asked() {
    let (url, heard) = gateway(&["503 Busy\r\nRetry-After: 90", "204 Taken"]);
    let mut channels = courier::channels(&settings(Some(url), None)).unwrap();
    let mut clerk = Clerk {
        phone: Some("19900000007"),
        email: None,
    };
    let (outbox, counters) = (queued(), Counters::default());
    let row = turn(&outbox, &mut clerk, &mut channels, NOW, &counters);
    assert_eq!(
        (row.standing, row.next_at),
        (Standing::Queued, NOW.plus_s(90))
    );
    let row = turn(
        &outbox,
        &mut clerk,
        &mut channels,
        NOW.plus_s(89),
        &counters,
    );
    assert_eq!(row.attempts, 1);
    let row = turn(
        &outbox,
        &mut clerk,
        &mut channels,
        NOW.plus_s(90),
        &counters,
    );
    assert_eq!((row.standing.word(), row.attempts), ("sent", 2));
    let requests: Vec<String> = heard.iter().collect();
    for request in &requests {
        assert_eq!(
            header(request, "webhook-id"),
            notice(7).id("ledger.example/41")
        );
        assert!(header(request, "webhook-signature").starts_with("v1,"));
        assert!(request.contains("\"to\":\"19900000007\""));
    }
    assert_eq!(header(&requests[0], "webhook-timestamp"), "1655000000");
    assert_eq!(header(&requests[1], "webhook-timestamp"), "1655000090");
}

#[test]
fn a_letter_bears_the_id_of_its_notice_and_is_sent_once() {
    let (port, heard) = mail_server(&[]);
    let mut channels = courier::channels(&settings(None, Some(port))).unwrap();
    let mut clerk = Clerk {
        phone: None,
        email: Some("sample@example.org"),
    };
    let (outbox, counters) = (queued(), Counters::default());
    for _ in 0..2 {
        let row = turn(&outbox, &mut clerk, &mut channels, NOW, &counters);
        assert_eq!(row.standing.word(), "sent");
    }
    let letter = heard.recv().unwrap();
    let id = notice(7).id("ledger.example/41");
    assert_eq!(header(&letter, "Message-ID"), format!("<{id}@example.org>"));
    assert_eq!(header(&letter, "Auto-Submitted"), "auto-generated");
    assert!(heard.try_recv().is_err());
    assert_eq!(counters.sent.load(Ordering::Relaxed), 1);
}

#[test]
fn a_mailbox_that_does_not_exist_is_dead_at_once_and_a_full_one_waits() {
    for (reply, state) in [("550 no such user", "dead"), ("452 full", "queued")] {
        let replies: &'static [&'static str] = Vec::leak(vec![reply]);
        let (port, _heard) = mail_server(replies);
        let mut channels = courier::channels(&settings(None, Some(port))).unwrap();
        let mut clerk = Clerk {
            phone: None,
            email: Some("sample@example.org"),
        };
        let row = turn(
            &queued(),
            &mut clerk,
            &mut channels,
            NOW,
            &Counters::default(),
        );
        assert_eq!(row.standing.word(), state, "{}", row.why);
        assert!(!row.why.contains('@'));
    }
}

#[test]
fn a_phone_that_is_gone_is_followed_by_a_letter() {
    let (url, _requests) = gateway(&["410 Gone"]);
    let (port, letters) = mail_server(&[]);
    let mut channels = courier::channels(&settings(Some(url), Some(port))).unwrap();
    let mut clerk = Clerk {
        phone: Some("19900000007"),
        email: Some("sample@example.org"),
    };
    let (outbox, counters) = (queued(), Counters::default());
    let row = turn(&outbox, &mut clerk, &mut channels, NOW, &counters);
    assert_eq!((row.standing, row.next_at), (Standing::Queued, NOW));
    let row = turn(&outbox, &mut clerk, &mut channels, NOW, &counters);
    assert_eq!(row.standing.word(), "sent");
    letters.recv().unwrap();
}

#[test]
fn whoever_cannot_be_reached_is_a_dead_letter_with_the_reason() {
    let (port, _heard) = mail_server(&[]);
    let mut channels = courier::channels(&settings(None, Some(port))).unwrap();
    let mut clerk = Clerk {
        phone: None,
        email: None,
    };
    let row = turn(
        &queued(),
        &mut clerk,
        &mut channels,
        NOW,
        &Counters::default(),
    );
    assert_eq!(row.standing, Standing::Dead { at: NOW });
    assert!(row.why.contains("neither phone nor e-mail"));
}

#[test]
fn a_server_that_is_down_is_given_up_after_a_day_and_what_comes_late_is_counted() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut channels = courier::channels(&settings(None, Some(closed))).unwrap();
    let mut clerk = Clerk {
        phone: None,
        email: Some("sample@example.org"),
    };
    let (outbox, counters) = (queued(), Counters::default());
    let mut row = turn(&outbox, &mut clerk, &mut channels, NOW, &counters);
    while row.standing == Standing::Queued {
        let next = row.next_at;
        row = turn(&outbox, &mut clerk, &mut channels, next, &counters);
    }
    let Standing::Dead { at } = row.standing else {
        panic!("{row:?}")
    };
    assert!((22 * 3_600..=24 * 3_600).contains(&at.seconds_since(NOW)));
    assert_eq!(counters.dead.load(Ordering::Relaxed), 1);
    let later = NOW.plus_s(86_400);
    assert_eq!(outbox.revive(later, 9).unwrap(), 1);
    let (port, _heard) = mail_server(&[]);
    let mut channels = courier::channels(&settings(None, Some(port))).unwrap();
    turn(&outbox, &mut clerk, &mut channels, later, &counters);
    assert_eq!(counters.late.load(Ordering::Relaxed), 1);
}

/// An office that cannot be asked.
struct Nobody;

impl Secretary for Nobody {
    fn letters(&mut self, _: &[Notice]) -> Result<Vec<Letter>, StorageError> {
        Err(StorageError {
            what: "office",
            why: "it has not answered".to_owned(),
        })
    }
}

#[test]
fn what_cannot_be_worded_now_waits() {
    let row = turn(&queued(), &mut Nobody, &mut [], NOW, &Counters::default());
    assert_eq!(
        (row.standing, row.next_at),
        (Standing::Queued, NOW.plus_s(10))
    );
}
