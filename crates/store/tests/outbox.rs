//! The contract of the outbox port, kept in memory and on disk.
#![expect(clippy::unwrap_used, reason = "tests")]

use app::notices::{Event, Notice, Route, Sent, Standing};
use app::ports::Outbox;
use domain::document::PersonId;
use domain::time::Timestamp;
use store::{FjallOutbox, MemoryOutbox};

const NOW: Timestamp = Timestamp::from_unix(1_655_000_000);

fn notice(entry: u64, person: u32) -> Notice {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&person.to_be_bytes());
    Notice {
        entry,
        person: PersonId::from_bytes(id),
        event: Event::Imposed,
        at: NOW,
        due: NOW.plus_s(300),
    }
}

/// Runs a story on a fresh outbox of each kind.
fn each(story: impl Fn(&dyn Outbox)) {
    story(&MemoryOutbox::default());
    let folder = tempfile::tempdir().unwrap();
    story(&FjallOutbox::open(folder.path()).unwrap());
}

#[test]
fn a_notice_is_queued_once_and_the_position_moves_with_it() {
    each(|outbox| {
        assert_eq!(outbox.position().unwrap(), 0);
        let two = [notice(3, 1), notice(3, 2)];
        assert_eq!(outbox.enqueue(&two, NOW, None).unwrap(), 2);
        assert_eq!(outbox.position().unwrap(), 0);
        let three = [notice(3, 1), notice(3, 2), notice(3, 3)];
        assert_eq!(outbox.enqueue(&three, NOW, Some(4)).unwrap(), 1);
        assert_eq!(outbox.enqueue(&[], NOW, Some(9)).unwrap(), 0);
        assert_eq!(outbox.position().unwrap(), 9);
        assert_eq!(outbox.waiting().unwrap(), (3, 0));
    });
}

#[test]
fn a_notice_that_was_sent_is_not_queued_again() {
    each(|outbox| {
        outbox.enqueue(&[notice(3, 1)], NOW, None).unwrap();
        let mut row = outbox.take(NOW, 9).unwrap().remove(0);
        row.settle(NOW, Route::Sms, Sent::Done, true);
        outbox.settle(&row).unwrap();
        assert_eq!(outbox.enqueue(&[notice(3, 1)], NOW, Some(4)).unwrap(), 0);
        assert_eq!(outbox.take(NOW.plus_s(1 << 30), 9).unwrap(), []);
        assert_eq!(outbox.rows(None, 9).unwrap(), [row]);
    });
}

#[test]
fn what_is_taken_is_given_to_nobody_else_and_nothing_is_given_before_its_time() {
    each(|outbox| {
        let people: Vec<Notice> = (0..5).map(|person| notice(1, person)).collect();
        outbox.enqueue(&people, NOW, None).unwrap();
        assert_eq!(outbox.take(NOW.plus_s(-1), 9).unwrap(), []);
        let first = outbox.take(NOW, 2).unwrap();
        let second = outbox.take(NOW, 9).unwrap();
        assert_eq!((first.len(), second.len()), (2, 3));
        assert_eq!(outbox.take(NOW, 9).unwrap(), []);
        let all: Vec<Notice> = first.iter().chain(&second).map(|row| row.notice).collect();
        assert_eq!(all, people);
        assert!(first.iter().all(|row| row.attempts == 1));
    });
}

#[test]
fn a_failed_attempt_comes_back_when_it_is_due_before_what_was_queued_later() {
    each(|outbox| {
        outbox.enqueue(&[notice(1, 1)], NOW, None).unwrap();
        let mut row = outbox.take(NOW, 1).unwrap().remove(0);
        let why = "timeout".to_owned();
        row.settle(NOW, Route::Sms, Sent::Later { after_s: None, why }, true);
        outbox.settle(&row).unwrap();
        outbox
            .enqueue(&[notice(2, 1)], NOW.plus_s(20), None)
            .unwrap();
        assert_eq!(outbox.take(NOW.plus_s(9), 9).unwrap(), []);
        let again = outbox.take(NOW.plus_s(20), 9).unwrap();
        assert_eq!(again[0].notice, notice(1, 1));
        assert_eq!((again[0].attempts, again.len()), (2, 2));
    });
}

#[test]
fn a_dead_letter_stays_until_somebody_puts_it_back() {
    each(|outbox| {
        outbox
            .enqueue(&[notice(1, 1), notice(1, 2)], NOW, None)
            .unwrap();
        for mut row in outbox.take(NOW, 9).unwrap() {
            row.settle(NOW, Route::Mail, Sent::Refused("550".to_owned()), false);
            assert_eq!(row.standing, Standing::Dead { at: NOW });
            outbox.settle(&row).unwrap();
        }
        let later = NOW.plus_s(1 << 20);
        assert_eq!(outbox.take(later, 9).unwrap(), []);
        assert_eq!(outbox.waiting().unwrap(), (0, 2));
        assert_eq!(outbox.revive(later, 1).unwrap(), 1);
        assert_eq!(outbox.revive(later, 9).unwrap(), 1);
        assert_eq!(outbox.revive(later, 9).unwrap(), 0);
        assert_eq!(outbox.take(later, 9).unwrap().len(), 2);
    });
}

#[test]
fn rows_are_read_in_portions() {
    each(|outbox| {
        let people: Vec<Notice> = (0..5).map(|person| notice(1, person)).collect();
        outbox.enqueue(&people, NOW, None).unwrap();
        let first = outbox.rows(None, 3).unwrap();
        let rest = outbox.rows(Some(first[2].notice.key()), 3).unwrap();
        let all: Vec<Notice> = first.iter().chain(&rest).map(|row| row.notice).collect();
        assert_eq!(all, people);
    });
}

#[test]
fn what_was_taken_when_the_process_ended_is_due_again_with_its_attempt_counted() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = FjallOutbox::open(folder.path()).unwrap();
    outbox
        .enqueue(&[notice(1, 1), notice(1, 2)], NOW, Some(2))
        .unwrap();
    let mut sent = outbox.take(NOW, 1).unwrap().remove(0);
    outbox.take(NOW, 1).unwrap();
    sent.settle(NOW, Route::Sms, Sent::Done, true);
    outbox.settle(&sent).unwrap();
    drop(outbox);
    let outbox = FjallOutbox::open(folder.path()).unwrap();
    assert_eq!(outbox.position().unwrap(), 2);
    let again = outbox.take(NOW, 9).unwrap();
    assert_eq!((again.len(), again[0].notice), (1, notice(1, 2)));
    assert_eq!(again[0].attempts, 2);
}

/// `cargo test -p mingma-store --release --test outbox -- --ignored --nocapture`
#[test]
#[ignore = "a measurement: a million notices"]
fn a_million_notices_in_portions_of_ten_thousand() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = FjallOutbox::open(folder.path()).unwrap();
    let began = std::time::Instant::now();
    for portion in 0..100_u32 {
        let people = portion * 10_000..(portion + 1) * 10_000;
        let notices: Vec<Notice> = people.map(|person| notice(1, person)).collect();
        assert_eq!(outbox.enqueue(&notices, NOW, None).unwrap(), 10_000);
    }
    eprintln!("queued: {:?}", began.elapsed());
    let began = std::time::Instant::now();
    for _ in 0..1_000 {
        for mut row in outbox.take(NOW, 32).unwrap() {
            row.settle(NOW, Route::Sms, Sent::Done, true);
            outbox.settle(&row).unwrap();
        }
    }
    eprintln!("32,000 taken and settled: {:?}", began.elapsed());
}
