//! What a log asks of a witness, and what it answers. Law: an accepted request prints as it came;
//! an answer is written and reads as the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mingma_fuzz::{LOG, note};
use tlog::Note;
use witness::protocol::{REQUEST_BYTES_MAX, SIZE_TYPE};
use witness::{Answer, Request};

const STATUSES: [u16; 6] = [200, 400, 403, 404, 409, 422];

fn seeds() -> Vec<Vec<u8>> {
    let note = Note::parse(&note(9)).expect("a note");
    let first = Request::new(0, Vec::new(), note.clone()).expect("a request");
    let later = Request::new(3, vec![[1; 32]; 3], note).expect("a request");
    let lines = format!("{}\n", LOG.sign("x\n"));
    [
        first.to_string(),
        later.to_string(),
        lines,
        "17\n".to_owned(),
    ]
    .map(String::into_bytes)
    .to_vec()
}

fuzz_target!(init: mingma_fuzz::seeds(seeds), |data: &[u8]| {
    if let Ok(request) = Request::parse(data) {
        assert!(data.len() <= REQUEST_BYTES_MAX);
        assert_eq!(request.to_string().as_bytes(), data);
        assert_eq!(request.checkpoint().to_string(), request.note().text());
    }
    for status in STATUSES {
        if let Ok(answer) = Answer::read(status, Some(SIZE_TYPE), data) {
            assert_eq!(answer.status(), status);
            let body = answer.body();
            let again = Answer::read(status, Some(answer.content_type()), body.as_bytes());
            assert_eq!(again.as_ref(), Ok(&answer));
        }
    }
});
