//! The `lst` of a list: an array as a zlib stream (RFC 1950), made by any encoder, read by one.
//!
//! Invariant: what was inflated is exactly as long as was asked for, its Adler-32 agrees, and the
//! stream ends where the bytes end. Refuses: one byte more or less than asked for, without ever
//! holding more; a stream that cannot be that long, before any memory is taken.

use super::error::ListError;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use simd_adler32::Adler32;

/// What begins a stream: deflate with a window of 32 KiB, and "slowest algorithm".
const START: [u8; 2] = [0x78, 0xda];
/// The final block: fixed codes, and nothing but the end.
const FINAL: [u8; 2] = [0x03, 0x00];
/// Deflate never makes more than this many bytes of one (a bit of length, one of distance: 258).
const RATIO_MAX: u64 = 1_032;

/// Compresses at a level from 0 to 9, as one piece; a [`super::ListCutter`] does it in parts.
pub fn compress(raw: &[u8], level: u32) -> Result<Vec<u8>, ListError> {
    let mut encoder = Compress::new(Compression::new(level.min(9)), true);
    // Enough for stored blocks; the encoder never does worse than those.
    let room = raw
        .len()
        .saturating_add(raw.len() / 1_000)
        .saturating_add(64);
    let mut out = Vec::with_capacity(room);
    match encoder.compress_vec(raw, &mut out, FlushCompress::Finish) {
        Ok(Status::StreamEnd) => Ok(out),
        Ok(_) | Err(_) => Err(ListError::Inflate("the encoder did not finish")),
    }
}

/// Inflates a stream that must hold exactly this many bytes.
pub fn inflate(stream: &[u8], bytes: usize) -> Result<Vec<u8>, ListError> {
    let most = (stream.len() as u64).saturating_mul(RATIO_MAX);
    if most < bytes as u64 {
        return Err(ListError::Inflate("shorter than it should be"));
    }
    // One byte more, so that a longer stream shows itself.
    let mut out = Vec::with_capacity(bytes.saturating_add(1));
    let mut decoder = Decompress::new(true);
    let end = decoder.decompress_vec(stream, &mut out, FlushDecompress::Finish);
    if out.len() > bytes {
        return Err(ListError::Inflate("longer than it should be"));
    }
    match end {
        Ok(Status::StreamEnd) if decoder.total_in() != stream.len() as u64 => {
            Err(ListError::Inflate("bytes after the end"))
        }
        Ok(Status::StreamEnd) if out.len() < bytes => {
            Err(ListError::Inflate("shorter than it should be"))
        }
        Ok(Status::StreamEnd) => Ok(out),
        Ok(Status::Ok | Status::BufError) => Err(ListError::Inflate("cut off")),
        Err(_) => Err(ListError::Inflate("not a zlib stream, or damaged")),
    }
}

/// Compresses one part of an array: it begins and ends on a whole byte and looks back at nothing
/// before itself, so that parts can be made apart and again, and put together by [`join`].
pub(super) fn part(raw: &[u8]) -> Result<Vec<u8>, ListError> {
    let mut encoder = Compress::new(Compression::best(), false);
    let room = raw
        .len()
        .saturating_add(raw.len() / 1_000)
        .saturating_add(64);
    let mut out = Vec::with_capacity(room);
    match encoder.compress_vec(raw, &mut out, FlushCompress::Full) {
        Ok(Status::Ok) if encoder.total_in() == raw.len() as u64 => {
            out.shrink_to_fit();
            Ok(out)
        }
        Ok(_) | Err(_) => Err(ListError::Inflate("the encoder did not finish")),
    }
}

/// Puts the parts of an array together into one stream.
pub(super) fn join<'a>(raw: &[u8], parts: impl Iterator<Item = &'a [u8]> + Clone) -> Vec<u8> {
    let encoded = parts.clone().map(<[u8]>::len);
    let room = encoded.fold(8_usize, usize::saturating_add);
    let mut out = Vec::with_capacity(room);
    out.extend(START);
    for part in parts {
        out.extend_from_slice(part);
    }
    out.extend(FINAL);
    let mut check = Adler32::new();
    check.write(raw);
    out.extend(check.finish().to_be_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_stream_of_another_length_is_refused() {
        let stream = compress(&[0; 10_000], 9).unwrap();
        assert_eq!(inflate(&stream, 10_000).unwrap(), [0; 10_000]);
        let refused = |bytes| matches!(inflate(&stream, bytes), Err(ListError::Inflate(_)));
        assert!(refused(9_999) && refused(10_001) && refused(1) && refused(1 << 28));
    }

    #[test]
    fn a_bomb_costs_one_byte_more_than_asked_for() {
        let bomb = compress(&vec![0; 64 << 20], 9).unwrap();
        assert!(bomb.len() < 100_000);
        assert_eq!(
            inflate(&bomb, 1_000),
            Err(ListError::Inflate("longer than it should be"))
        );
    }

    #[test]
    fn damage_and_bytes_too_many_or_too_few_are_refused() {
        let stream = compress(b"status status status", 9).unwrap();
        for at in 0..stream.len() {
            let mut damaged = stream.clone();
            damaged[at] ^= 0x10;
            assert!(inflate(&damaged, 20).is_err(), "{at}");
            assert!(inflate(&stream[..at], 20).is_err(), "{at}");
        }
        let longer = [&stream[..], &[0]].concat();
        assert_eq!(
            inflate(&longer, 20),
            Err(ListError::Inflate("bytes after the end"))
        );
    }

    proptest! {
        #[test]
        fn joined_parts_are_one_stream(
            raw in prop::collection::vec(prop_oneof![3 => Just(0_u8), 1 => any::<u8>()], 1..4_000),
            part_bytes in 1_usize..900,
        ) {
            let parts: Vec<_> = raw.chunks(part_bytes).map(|raw| part(raw).unwrap()).collect();
            let stream = join(&raw, parts.iter().map(Vec::as_slice));
            prop_assert_eq!(inflate(&stream, raw.len()).unwrap(), raw);
        }
    }
}
