//! What every adapter of the journal port must do: run it against yours.
//!
//! Invariant: it uses the port alone. Refuses (panics on) any answer that the port does not allow.

use app::ports::{Journal, JournalError, Record};

/// Runs the contract. `make` gives the journal with a number: a new one for a number not seen
/// before, else the same one again, opened anew; `None` where it does not outlive its value.
pub fn journal_contract<J: Journal>(make: impl Fn(u32) -> Option<J>) -> Result<(), JournalError> {
    a_new_journal_is_empty(&make)?;
    a_group_is_read_back_in_order(&make)?;
    only_the_expected_length_appends(&make)?;
    an_empty_group_changes_nothing(&make)?;
    reading_starts_anywhere_and_ends_at_the_end(&make)?;
    a_large_record_is_read_back(&make)?;
    what_was_acknowledged_is_there_after_reopening(&make)
}

/// A record that is told from others by its number.
pub fn sample(number: u64) -> Record {
    let number = number.to_be_bytes();
    let mut sealed = number.repeat(usize::from(number.last().copied().unwrap_or(0)));
    sealed.truncate(sealed.len().saturating_sub(3));
    Record {
        leaf: [b"leaf".as_slice(), &number].concat(),
        sealed,
    }
}

fn made<J: Journal>(make: &impl Fn(u32) -> Option<J>, number: u32) -> Result<J, JournalError> {
    make(number).ok_or_else(|| JournalError::Io("no journal was made".to_owned()))
}

fn all(journal: &impl Journal, from: u64) -> Result<Vec<Record>, JournalError> {
    journal.read_from(from)?.collect()
}

fn a_new_journal_is_empty<J: Journal>(
    make: &impl Fn(u32) -> Option<J>,
) -> Result<(), JournalError> {
    let journal = made(make, 0)?;
    assert_eq!((journal.len(), journal.is_empty()), (0, true));
    assert_eq!(all(&journal, 0)?, []);
    Ok(())
}

fn a_group_is_read_back_in_order<J: Journal>(
    make: &impl Fn(u32) -> Option<J>,
) -> Result<(), JournalError> {
    let mut journal = made(make, 1)?;
    let records: Vec<Record> = (0..300).map(sample).collect();
    for group in records.chunks(7) {
        let expected = journal.len();
        journal.append(expected, group)?;
    }
    assert_eq!(journal.len(), 300);
    assert_eq!(all(&journal, 0)?, records);
    Ok(())
}

fn only_the_expected_length_appends<J: Journal>(
    make: &impl Fn(u32) -> Option<J>,
) -> Result<(), JournalError> {
    let mut journal = made(make, 2)?;
    journal.append(0, &[sample(0), sample(1)])?;
    for expected in [0, 1, 3] {
        let conflict = Err(JournalError::Conflict {
            expected,
            actual: 2,
        });
        assert_eq!(journal.append(expected, &[sample(9)]), conflict);
    }
    journal.append(2, &[sample(2)])?;
    assert_eq!(all(&journal, 0)?, [sample(0), sample(1), sample(2)]);
    Ok(())
}

fn an_empty_group_changes_nothing<J: Journal>(
    make: &impl Fn(u32) -> Option<J>,
) -> Result<(), JournalError> {
    let mut journal = made(make, 3)?;
    journal.append(0, &[])?;
    journal.append(
        0,
        &[Record {
            leaf: Vec::new(),
            sealed: Vec::new(),
        }],
    )?;
    journal.append(1, &[])?;
    assert_eq!(
        journal.append(0, &[]),
        Err(JournalError::Conflict {
            expected: 0,
            actual: 1
        })
    );
    assert_eq!(
        all(&journal, 0)?,
        [Record {
            leaf: Vec::new(),
            sealed: Vec::new()
        }]
    );
    Ok(())
}

fn reading_starts_anywhere_and_ends_at_the_end<J: Journal>(
    make: &impl Fn(u32) -> Option<J>,
) -> Result<(), JournalError> {
    let mut journal = made(make, 4)?;
    let records: Vec<Record> = (0..50).map(sample).collect();
    journal.append(0, &records)?;
    for from in 0..50_u64 {
        let rest: Vec<Record> = (from..50).map(sample).collect();
        assert_eq!(all(&journal, from)?, rest);
    }
    for beyond in [50, 51, u64::MAX] {
        assert_eq!(all(&journal, beyond)?, []);
    }
    Ok(())
}

fn a_large_record_is_read_back<J: Journal>(
    make: &impl Fn(u32) -> Option<J>,
) -> Result<(), JournalError> {
    let mut journal = made(make, 5)?;
    let large = Record {
        leaf: b"large".to_vec(),
        sealed: vec![0xa5; 5 << 20],
    };
    journal.append(0, &[sample(0), large.clone(), sample(2)])?;
    journal.append(3, &[sample(3)])?;
    assert_eq!(
        all(&journal, 0)?,
        [sample(0), large.clone(), sample(2), sample(3)]
    );
    assert_eq!(all(&journal, 1)?.first(), Some(&large));
    Ok(())
}

fn what_was_acknowledged_is_there_after_reopening<J: Journal>(
    make: &impl Fn(u32) -> Option<J>,
) -> Result<(), JournalError> {
    let mut journal = made(make, 6)?;
    journal.append(0, &[sample(0), sample(1)])?;
    drop(journal);
    let Some(mut journal) = make(6) else {
        return Ok(());
    };
    assert_eq!(all(&journal, 0)?, [sample(0), sample(1)]);
    journal.append(2, &[sample(2)])?;
    drop(journal);
    assert_eq!(all(&made(make, 6)?, 1)?, [sample(1), sample(2)]);
    Ok(())
}
