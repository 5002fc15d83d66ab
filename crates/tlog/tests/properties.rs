//! Laws that hold for every tree, proof and text.
//!
//! Invariant: what is made verifies, what is changed by one bit does not, what is formatted
//! reads back the same, and no bytes make a reader panic.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::collection::vec;
use proptest::prelude::*;
use std::num::NonZeroUsize;
use tlog::checkpoint::{open, sign};
use tlog::proof::{consistency_proof, inclusion_proof};
use tlog::tile::{decode_bundle, decode_hashes, encode_bundle, encode_hashes, tiles_to_write};
use tlog::tree::{self, Leaves};
use tlog::{
    Bundle, Checkpoint, CosignerKey, Error, Frontier, Hash, MerkleTree, Note, NoteSignature,
    Policy, Receipt, SignerKey, Tile, TileReader, VerifierKey, leaf_hash, verify_consistency,
    verify_inclusion,
};

const LEAVES_MAX: u64 = 700;

fn leaves(size: u64) -> Vec<Hash> {
    (0..size)
        .map(|index| leaf_hash(&index.to_be_bytes()))
        .collect()
}

fn first(leaves: &[Hash], size: u64) -> &[Hash] {
    &leaves[..usize::try_from(size).unwrap()]
}

/// The same hashes with one bit of one of them flipped.
fn flipped(hashes: &[Hash], at: prop::sample::Index, bit: usize) -> Vec<Hash> {
    let mut changed = hashes.to_vec();
    let hash = &mut changed[at.index(hashes.len())];
    hash[bit / 8] ^= 1 << (bit % 8);
    changed
}

fn size() -> impl Strategy<Value = u64> {
    prop_oneof![0..=LEAVES_MAX, 0..=12_u64, 250..=260_u64, 510..=514_u64]
}

/// A position in a tree and its size.
fn place() -> impl Strategy<Value = (u64, u64)> {
    size()
        .prop_map(|size| size.max(1))
        .prop_flat_map(|size| (0..size, Just(size)))
}

proptest! {
    #[test]
    fn every_way_to_the_root_agrees(size in size(), threads in 1..5_usize) {
        let all = leaves(size);
        let threads = NonZeroUsize::new(threads).unwrap();
        let mut frontier = Frontier::new();
        for leaf in &all {
            frontier.push(*leaf);
        }
        prop_assert_eq!(frontier.size(), size);
        prop_assert_eq!(tree::root(&all), frontier.root());
        prop_assert_eq!(tree::root_of_runs(all.len(), threads, |first, slots| {
            slots.copy_from_slice(&all[first..first + slots.len()]);
        }), frontier.root());
        prop_assert_eq!(tlog::proof::root(&Leaves(&all), size).unwrap(), frontier.root());
        prop_assert_eq!(MerkleTree::new(all, threads).root(), frontier.root());
    }

    #[test]
    fn an_inclusion_proof_verifies_and_one_bit_breaks_it(
        (index, size) in place(),
        at: prop::sample::Index,
        bit in 0..256_usize,
    ) {
        let all = leaves(size);
        let (root, leaf) = (tree::root(&all), all[usize::try_from(index).unwrap()]);
        let proof = inclusion_proof(&Leaves(&all), index, size).unwrap();
        let verify = |leaf: &Hash, proof: &[Hash], root: &Hash| {
            verify_inclusion(index, size, leaf, proof, root)
        };
        prop_assert_eq!(verify(&leaf, &proof, &root), Ok(()));
        prop_assert!(verify(&flipped(&[leaf], at, bit)[0], &proof, &root).is_err());
        prop_assert!(verify(&leaf, &proof, &flipped(&[root], at, bit)[0]).is_err());
        if let Some((_, shorter)) = proof.split_last() {
            prop_assert!(verify(&leaf, &flipped(&proof, at, bit), &root).is_err());
            prop_assert!(verify(&leaf, shorter, &root).is_err());
        }
        let longer = [proof.as_slice(), &[root]].concat();
        prop_assert!(verify(&leaf, &longer, &root).is_err());
        let elsewhere = index ^ (1 << (bit % 64));
        prop_assert!(verify_inclusion(elsewhere, size, &leaf, &proof, &root).is_err());
    }

    #[test]
    fn a_consistency_proof_verifies_and_one_bit_breaks_it(
        (older, newer) in place(),
        at: prop::sample::Index,
        bit in 0..256_usize,
    ) {
        let all = leaves(newer);
        let (root1, root2) = (tree::root(first(&all, older)), tree::root(&all));
        let proof = consistency_proof(&Leaves(&all), older, newer).unwrap();
        let verify = |root1: &Hash, root2: &Hash, proof: &[Hash]| {
            verify_consistency(older, newer, root1, root2, proof)
        };
        prop_assert_eq!(verify(&root1, &root2, &proof), Ok(()));
        prop_assert!(verify(&flipped(&[root1], at, bit)[0], &root2, &proof).is_err());
        // The empty tree is a prefix of anything, so its proof says nothing about the newer root.
        if older > 0 {
            prop_assert!(verify(&root1, &flipped(&[root2], at, bit)[0], &proof).is_err());
        }
        if let Some((_, shorter)) = proof.split_last() {
            prop_assert!(verify(&root1, &root2, &flipped(&proof, at, bit)).is_err());
            prop_assert!(verify(&root1, &root2, shorter).is_err());
        }
        let longer = [proof.as_slice(), &[root2]].concat();
        prop_assert!(verify(&root1, &root2, &longer).is_err());
    }

    #[test]
    fn tiles_prove_what_the_leaves_prove((index, size) in place()) {
        let all = leaves(size);
        let source = |tile: Tile| -> Result<Vec<u8>, Error> {
            let nodes: Vec<_> = (0..u64::from(tile.width()))
                .map(|at| tlog::NodeId { level: tile.level() * 8, index: tile.index() * 256 + at })
                .collect();
            encode_hashes(&tlog::HashReader::hashes(&Leaves(&all), &nodes)?)
        };
        let reader = TileReader::new(source, size).unwrap();
        prop_assert_eq!(reader.root().unwrap(), tree::root(&all));
        prop_assert_eq!(reader.inclusion_proof(index), tree::inclusion_proof(&all, index));
        let expected = consistency_proof(&Leaves(&all), index, size);
        prop_assert_eq!(reader.consistency_proof(index), expected);
    }

    #[test]
    fn growing_in_steps_leaves_the_same_tiles_as_growing_at_once(
        steps in vec(0..70_000_u64, 1..6),
    ) {
        let mut steps = steps;
        steps.sort_unstable();
        let last = *steps.last().unwrap();
        let mut written = std::collections::BTreeSet::new();
        let mut older = 0;
        for newer in steps {
            for tile in tiles_to_write(older, newer).unwrap() {
                prop_assert!(written.insert(tile), "{} twice", tile.path());
            }
            older = newer;
        }
        for tile in tiles_to_write(0, last).unwrap() {
            prop_assert!(written.contains(&tile), "{} missing", tile.path());
        }
    }

    #[test]
    fn paths_read_back(level in 0..64_u8, index in 0..=u64::MAX >> 9, width in 1..=256_u16) {
        let tile = Tile::new(level, index, width).unwrap();
        prop_assert_eq!(Tile::from_path(&tile.path()), Ok(tile));
        let bundle = Bundle::new(index, width).unwrap();
        prop_assert_eq!(Bundle::from_path(&bundle.path()), Ok(bundle));
    }

    #[test]
    fn bundles_read_back(entries in vec(vec(any::<u8>(), 0..300), 1..=256)) {
        let contents = encode_bundle(&entries).unwrap();
        let width = u16::try_from(entries.len()).unwrap();
        let bundle = Bundle::new(0, width).unwrap();
        prop_assert_eq!(decode_bundle(bundle, &contents).unwrap(), entries);
    }

    #[test]
    fn signed_texts_read_back_and_verify(
        text in "[^\\x00-\\x09\\x0b-\\x1f]{0,80}",
        seed: [u8; 32],
        time_s in 0..u64::MAX >> 1,
        size in 1..=tlog::TREE_SIZE_MAX,
        root: Hash,
    ) {
        let key = SignerKey::from_seed("log.example", seed).unwrap();
        prop_assert_eq!(VerifierKey::parse(&key.verifier().to_string()), Ok(key.verifier()));
        let note = key.sign_note(&format!("{text}\n")).unwrap();
        let read = Note::parse(&note.to_string()).unwrap();
        prop_assert_eq!(&read, &note);
        prop_assert_eq!(read.verify(&[key.verifier()]).unwrap().len(), 1);

        let head = Checkpoint::new("log.example", size, root).unwrap();
        let signed = sign(&head, &key).unwrap();
        prop_assert_eq!(open(&signed, &key.verifier()).unwrap(), head.clone());
        let witness = CosignerKey::from_seed("witness.example", seed).unwrap();
        let line = witness.cosign(&head, time_s).unwrap();
        prop_assert_eq!(NoteSignature::parse(&line.to_string()).unwrap(), line.clone());
        let cosigned = Note::parse(&signed).unwrap().with_signature(line).unwrap();
        let known = [witness.verifier(), key.verifier()];
        prop_assert_eq!(cosigned.verify(&known).unwrap().len(), 2);
    }

    #[test]
    fn one_changed_byte_of_a_signed_checkpoint_is_never_another_checkpoint(
        at: prop::sample::Index,
        byte: u8,
    ) {
        let key = SignerKey::from_seed("log.example", [1; 32]).unwrap();
        let head = Checkpoint::new("log.example", 1234, [9; 32]).unwrap();
        let mut bytes = sign(&head, &key).unwrap().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(text) = String::from_utf8(bytes) {
            match open(&text, &key.verifier()) {
                Ok(opened) => prop_assert_eq!(opened, head),
                Err(_) => prop_assert!(byte != sign(&head, &key).unwrap().as_bytes()[at]),
            }
        }
    }

    #[test]
    fn receipts_read_back(
        (index, size) in place(),
        extra in prop::option::of(vec(any::<u8>(), 1..100)),
    ) {
        let all = leaves(size);
        let key = SignerKey::from_seed("log.example", [1; 32]).unwrap();
        let head = Checkpoint::new("log.example", size, tree::root(&all)).unwrap();
        let note = Note::parse(&sign(&head, &key).unwrap()).unwrap();
        let proof = tree::inclusion_proof(&all, index).unwrap();
        let mut receipt = Receipt::new(index, proof, note).unwrap();
        if let Some(extra) = extra {
            receipt = receipt.with_extra(extra).unwrap();
        }
        let read = Receipt::parse(&receipt.to_string()).unwrap();
        prop_assert_eq!(&read, &receipt);
        prop_assert_eq!(read.verify(&index.to_be_bytes(), &key.verifier()).unwrap(), head);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(
        bytes in vec(any::<u8>(), 0..600),
        width in 1..=256_u16,
        hashes in vec(any::<Hash>(), 0..70),
        numbers: [u64; 2],
    ) {
        let _ = decode_bundle(Bundle::new(0, width).unwrap(), &bytes);
        let _ = decode_hashes(Tile::new(0, 0, width).unwrap(), &bytes);
        let [a, b] = numbers;
        let _ = verify_inclusion(a, b, &[1; 32], &hashes, &[2; 32]);
        let _ = verify_consistency(a, b, &[1; 32], &[2; 32], &hashes);
        let _ = Frontier::from_parts(a, hashes);
        read_all(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_nearly_right_text_makes_a_reader_panic(
        parts in vec(
            prop_oneof![
                Just("log ".to_owned()), Just(format!("log {}\n", vkey(None))),
                Just(format!("witness w {}\n", vkey(Some(1)))), Just("quorum w\n".to_owned()),
                Just("group g any w\n".to_owned()), Just("quorum none\n".to_owned()),
                Just("\n".to_owned()), Just("\n\n".to_owned()), Just("\u{2014} ".to_owned()),
                Just("log.example".to_owned()), Just("+".to_owned()), Just(" ".to_owned()),
                Just("c2sp.org/tlog-proof@v1\n".to_owned()), Just("index 1\n".to_owned()),
                Just("extra AA==\n".to_owned()), Just("tile/".to_owned()), Just(".p/".to_owned()),
                Just("x001/".to_owned()), "[0-9]{1,24}", "[A-Za-z0-9+/]{40,48}=?=?", "\\PC{0,6}",
            ],
            0..30,
        ),
    ) {
        read_all(&parts.concat());
    }
}

/// The verifier key of the log, or of a witness.
fn vkey(witness: Option<u8>) -> VerifierKey {
    match witness {
        None => SignerKey::from_seed("log.example", [1; 32])
            .unwrap()
            .verifier(),
        Some(seed) => CosignerKey::from_seed("w", [seed; 32]).unwrap().verifier(),
    }
}

/// Hands one text to every reader of text; what it reads must format to the same text.
fn read_all(text: &str) {
    if let Ok(note) = Note::parse(text) {
        assert_eq!(note.to_string(), text);
        let _ = note.verify(&[]);
    }
    if let Ok(line) = NoteSignature::parse(text) {
        assert_eq!(line.to_string(), text);
    }
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text);
    }
    if let Ok(receipt) = Receipt::parse(text) {
        assert_eq!(receipt.to_string(), text);
    }
    if let Ok(policy) = Policy::parse(text) {
        assert_eq!(Policy::parse(&policy.to_string()), Ok(policy));
    }
    if let Ok(tile) = Tile::from_path(text) {
        assert_eq!(tile.path(), text);
    }
    if let Ok(bundle) = Bundle::from_path(text) {
        assert_eq!(bundle.path(), text);
    }
}
