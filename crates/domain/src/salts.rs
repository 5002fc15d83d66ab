//! Salts of people's leaves that can be forgotten one person at a time.
//!
//! A salt needs two secrets: the entry's own, which goes with the sealing key of its day, and the
//! share that a [`SaltTree`] gives. The tree is the puncturable function of Goldreich, Goldwasser and
//! Micali: a seed gives two seeds by hashing, each the root of half the addresses. To forget an
//! address, the seeds above it are replaced by their siblings, so that every other share stays and
//! this one cannot be computed by anybody again.
//!
//! Invariant: forgetting changes no other salt; of a forgotten leaf its hash is kept, so that
//! whoever checks an entry still comes to the same root, and learns nothing (I11).
//! Refuses: bytes that are not a tree.

use crate::commitment::{EntrySalt, SUBJECT_LEAF_BYTES};
use crate::machine::Subject;
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit as _, StreamCipher as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// How many subjects share one address of the tree.
pub const SALTS_CHUNK: usize = 256;
/// The length of a salt.
pub const SALT_BYTES: usize = 16;

/// The levels of the tree: 2^40 entries, of 2^24 chunks each.
const DEPTH: u32 = 64;
const CHUNK_BITS: u32 = 24;
const MAGIC: &[u8] = b"mm-salts-v1\n";

type Seed = [u8; 32];
type Salt = [u8; SALT_BYTES];
type Stream = [u8; SALTS_CHUNK * SALT_BYTES];

/// The shares that are not forgotten.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaltTree {
    /// Whole subtrees, by their first address.
    nodes: BTreeMap<u64, Node>,
    /// Chunks of which something is forgotten.
    broken: BTreeMap<u64, Vec<Kept>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Node {
    depth: u8,
    seed: Seed,
}

/// What is kept of a place in a broken chunk.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Kept {
    /// Its share of the salt.
    Share(Salt),
    /// The hash of its leaf; the salt is forgotten.
    Hash([u8; 32]),
}

/// A leaf to be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// The entry.
    pub entry: u64,
    /// The place among its people.
    pub place: u64,
    /// How many people it has.
    pub count: u64,
    /// The hash of the leaf, which stays.
    pub hash: [u8; 32],
}

/// The leaf of one subject, as far as it can still be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectLeaf {
    /// Salt, person, and what the entry says about the person.
    Open([u8; SUBJECT_LEAF_BYTES]),
    /// Forgotten: the hash alone.
    Forgotten([u8; 32]),
    /// Neither a share nor a hash is there: the tree is another or damaged.
    Lost,
}

impl SubjectLeaf {
    /// The hash of the leaf under the hash function of the log; zeros, which no leaf has, when lost.
    pub fn hash(&self, leaf_hash: impl Fn(&[u8]) -> [u8; 32]) -> [u8; 32] {
        match self {
            Self::Open(leaf) => leaf_hash(leaf),
            Self::Forgotten(hash) => *hash,
            Self::Lost => [0; 32],
        }
    }
}

impl std::fmt::Debug for SaltTree {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SaltTree(..)")
    }
}

impl SaltTree {
    /// A tree with every share, from a random seed.
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            nodes: BTreeMap::from([(0, Node { depth: 0, seed })]),
            broken: BTreeMap::new(),
        }
    }

    /// The bytes to keep.
    pub fn encode(&self) -> Vec<u8> {
        // Writing maps of numbers and arrays to memory cannot fail.
        let body = postcard::to_stdvec(self).unwrap_or_default();
        [MAGIC, &body].concat()
    }

    /// Reads what [`SaltTree::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (tree, rest) = postcard::take_from_bytes::<Self>(bytes.strip_prefix(MAGIC)?).ok()?;
        let sound = |node: &Node| u32::from(node.depth) <= DEPTH;
        (rest.is_empty() && tree.nodes.values().all(sound)).then_some(tree)
    }

    /// How many leaves are forgotten.
    pub fn forgotten(&self) -> usize {
        let kept = self.broken.values().flatten();
        kept.filter(|kept| matches!(kept, Kept::Hash(_))).count()
    }

    /// The salts of an entry.
    pub fn entry(&self, salt: EntrySalt, entry: u64) -> EntrySalts<'_> {
        let first = entry << CHUNK_BITS;
        let node = self.above(first);
        let own = DEPTH - CHUNK_BITS;
        let seed = node.filter(|node| u32::from(node.depth) <= own);
        EntrySalts {
            tree: self,
            salt,
            first,
            seed: seed.map(|node| node.descend(first, own)),
        }
    }

    /// Forgets leaves; says how many were not forgotten before.
    pub fn forget(&mut self, leaves: &[Forgotten]) -> usize {
        let before = self.forgotten();
        for leaf in leaves {
            self.forget_one(leaf);
        }
        self.forgotten().saturating_sub(before)
    }

    fn forget_one(&mut self, leaf: &Forgotten) {
        let chunk = leaf.place / SALTS_CHUNK as u64;
        let first = leaf.entry << CHUNK_BITS;
        let address = first | chunk;
        if !self.broken.contains_key(&address) {
            let last = first | (leaf.count.saturating_sub(1) / SALTS_CHUNK as u64);
            let Some(seed) = self.take(address, first..=last) else {
                return;
            };
            let mut stream = [0; SALTS_CHUNK * SALT_BYTES];
            mask(&seed, &mut stream);
            let (shares, _) = stream.as_chunks::<SALT_BYTES>();
            let used = leaf.count.saturating_sub(chunk * SALTS_CHUNK as u64);
            let used = usize::try_from(used).unwrap_or(SALTS_CHUNK);
            let kept = shares.iter().take(used).map(|share| Kept::Share(*share));
            self.broken.insert(address, kept.collect());
        }
        let place = usize::try_from(leaf.place % SALTS_CHUNK as u64).unwrap_or(0);
        let kept = self.broken.get_mut(&address);
        if let Some(kept @ Kept::Share(_)) = kept.and_then(|kept| kept.get_mut(place)) {
            *kept = Kept::Hash(leaf.hash);
        }
    }

    /// Takes the seed of an address out: its siblings up to the node that covered it stay, but for
    /// those that cover nothing except unused chunks of the same entry.
    fn take(&mut self, address: u64, used: std::ops::RangeInclusive<u64>) -> Option<Seed> {
        let node = *self.above(address)?;
        self.nodes.remove(&first_of(address, u32::from(node.depth)));
        let mut seed = node.seed;
        for depth in u32::from(node.depth)..DEPTH {
            let (zero, one) = halves(&seed);
            let turn = 1 << (DEPTH - 1 - depth);
            let (down, sibling) = match address & turn {
                0 => (zero, one),
                _ => (one, zero),
            };
            let deeper = depth.saturating_add(1);
            let first = first_of(address ^ turn, deeper);
            let inside = deeper > DEPTH - CHUNK_BITS;
            if !inside || used.contains(&first) {
                let depth = u8::try_from(deeper).unwrap_or(u8::MAX);
                let seed = sibling;
                self.nodes.insert(first, Node { depth, seed });
            }
            seed = down;
        }
        Some(seed)
    }

    /// The node that covers an address.
    fn above(&self, address: u64) -> Option<&Node> {
        let (first, node) = self.nodes.range(..=address).next_back()?;
        (first_of(address, u32::from(node.depth)) == *first).then_some(node)
    }
}

impl Node {
    /// The seed at a depth below, on the way to an address.
    fn descend(&self, address: u64, to: u32) -> Seed {
        let mut seed = self.seed;
        for depth in u32::from(self.depth)..to {
            let (zero, one) = halves(&seed);
            seed = match address & (1 << (DEPTH - 1 - depth)) {
                0 => zero,
                _ => one,
            };
        }
        seed
    }
}

/// The first address under the node of a depth above an address.
const fn first_of(address: u64, depth: u32) -> u64 {
    match u64::MAX.checked_shr(depth) {
        Some(below) => address & !below,
        None => address,
    }
}

fn half(seed: &Seed, side: u8) -> Seed {
    let mut hasher = Sha256::new();
    hasher.update(b"mm-salts-v1");
    hasher.update([side]);
    hasher.update(seed);
    hasher.finalize().into()
}

fn halves(seed: &Seed) -> (Seed, Seed) {
    (half(seed, 0), half(seed, 1))
}

/// Mixes the ChaCha20 key stream of a key (RFC 8439 2.4) into a chunk.
fn mask(key: &Seed, stream: &mut Stream) {
    // One key, one stream: the nonce has nothing to tell apart.
    ChaCha20::new(key.into(), &[0; 12].into()).apply_keystream(stream);
}

/// The salts of one entry.
#[derive(Clone, Copy)]
pub struct EntrySalts<'a> {
    tree: &'a SaltTree,
    salt: EntrySalt,
    first: u64,
    /// The seed of the whole entry, when nothing of it is forgotten.
    seed: Option<Seed>,
}

impl EntrySalts<'_> {
    /// The salts of a chunk: the `n`th has those of the subjects from `n * SALTS_CHUNK` on.
    ///
    /// They are two key streams mixed, so that a million cost little more than writing them down.
    pub fn chunk(&self, number: usize) -> Salts<'_> {
        let address = self.first | number as u64;
        let mut stream = [0; SALTS_CHUNK * SALT_BYTES];
        let mut hasher = Sha256::new();
        hasher.update(b"mm-salt-v2");
        hasher.update(self.salt);
        hasher.update((number as u64).to_be_bytes());
        mask(&hasher.finalize().into(), &mut stream);
        let seed = match self.seed {
            Some(seed) => {
                let depth = u8::try_from(DEPTH - CHUNK_BITS).unwrap_or(u8::MAX);
                Some(Node { depth, seed }.descend(address, DEPTH))
            }
            None => {
                let node = self.tree.above(address);
                node.map(|node| node.descend(address, DEPTH))
            }
        };
        if let Some(seed) = &seed {
            mask(seed, &mut stream);
        }
        let broken = match seed {
            Some(_) => None,
            None => Some(self.tree.broken.get(&address).map_or(&[][..], |kept| kept)),
        };
        Salts { stream, broken }
    }
}

/// The salts of one chunk of subjects.
pub struct Salts<'a> {
    stream: Stream,
    /// Where something is forgotten: what is kept of each place.
    broken: Option<&'a [Kept]>,
}

impl Salts<'_> {
    /// The leaf of the subject with this place in the chunk.
    pub fn leaf(&self, place: usize, subject: &Subject) -> SubjectLeaf {
        let share = match self.broken.map(|kept| kept.get(place)) {
            None => [0; SALT_BYTES],
            Some(Some(Kept::Share(share))) => *share,
            Some(Some(Kept::Hash(hash))) => return SubjectLeaf::Forgotten(*hash),
            Some(None) => return SubjectLeaf::Lost,
        };
        let (salts, _) = self.stream.as_chunks::<SALT_BYTES>();
        let Some(salt) = salts.get(place) else {
            return SubjectLeaf::Lost;
        };
        let mut leaf = [0_u8; SUBJECT_LEAF_BYTES];
        let (head, mark) = leaf.split_at_mut(2 * SALT_BYTES);
        let (own, person) = head.split_at_mut(SALT_BYTES);
        for ((own, salt), share) in own.iter_mut().zip(salt).zip(share) {
            *own = salt ^ share;
        }
        person.copy_from_slice(subject.person.as_bytes());
        mark.copy_from_slice(&subject.mark);
        SubjectLeaf::Open(leaf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::PersonId;
    use proptest::prelude::*;

    const SALT: EntrySalt = [7; 32];

    fn hash(leaf: &[u8]) -> [u8; 32] {
        Sha256::digest(leaf).into()
    }

    fn subject(number: usize) -> Subject {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(number as u64).to_be_bytes());
        Subject {
            person: PersonId::from_bytes(id),
            mark: [1; 18],
        }
    }

    fn at(tree: &SaltTree, salt: EntrySalt, entry: u64, place: usize) -> SubjectLeaf {
        let salts = tree.entry(salt, entry);
        let chunk = salts.chunk(place / SALTS_CHUNK);
        chunk.leaf(place % SALTS_CHUNK, &subject(place))
    }

    fn leaf(tree: &SaltTree, (entry, place): (u64, usize)) -> SubjectLeaf {
        at(tree, SALT, entry, place)
    }

    fn forget(tree: &mut SaltTree, at: (u64, usize), count: usize) -> usize {
        tree.forget(&[Forgotten {
            entry: at.0,
            place: at.1 as u64,
            count: count as u64,
            hash: leaf(tree, at).hash(hash),
        }])
    }

    #[test]
    fn each_entry_chunk_and_place_has_a_salt_of_its_own() {
        let tree = SaltTree::new([1; 32]);
        let places = [
            (0, 0),
            (0, 1),
            (0, 255),
            (0, 256),
            (0, 70_000),
            (1, 0),
            (9_999, 0),
        ];
        let mut salts: Vec<[u8; 16]> = Vec::new();
        for at in places {
            let SubjectLeaf::Open(leaf) = leaf(&tree, at) else {
                panic!("{at:?} does not open")
            };
            salts.push(leaf[..16].try_into().unwrap());
            assert_eq!(leaf[16..32], *subject(at.1).person.as_bytes());
        }
        salts.sort_unstable();
        salts.dedup();
        assert_eq!(salts.len(), places.len());
    }

    #[test]
    fn a_salt_needs_both_the_secret_of_the_entry_and_the_share() {
        let (one, other) = (SaltTree::new([1; 32]), SaltTree::new([2; 32]));
        let leaf_of = |tree: &SaltTree, salt| at(tree, salt, 3, 0);
        assert_ne!(leaf_of(&one, SALT), leaf_of(&other, SALT));
        assert_ne!(leaf_of(&one, SALT), leaf_of(&one, [8; 32]));
        assert_eq!(leaf_of(&one, SALT), leaf_of(&one.clone(), SALT));
    }

    #[test]
    fn forgetting_twice_counts_once_and_keeps_the_first_hash() {
        let mut tree = SaltTree::new([1; 32]);
        let before = leaf(&tree, (5, 2)).hash(hash);
        assert_eq!(forget(&mut tree, (5, 2), 3), 1);
        let again = Forgotten {
            entry: 5,
            place: 2,
            count: 3,
            hash: [9; 32],
        };
        assert_eq!(tree.forget(&[again]), 0);
        assert_eq!(leaf(&tree, (5, 2)), SubjectLeaf::Forgotten(before));
        assert_eq!(tree.forgotten(), 1);
    }

    #[test]
    fn a_place_that_an_entry_does_not_have_is_not_forgotten() {
        let mut tree = SaltTree::new([1; 32]);
        let beyond = Forgotten {
            entry: 5,
            place: 3,
            count: 3,
            hash: [9; 32],
        };
        assert_eq!(tree.forget(&[beyond]), 0);
        assert_ne!(leaf(&tree, (5, 2)), SubjectLeaf::Lost);
    }

    #[test]
    fn no_seed_above_a_forgotten_leaf_is_kept() {
        let mut tree = SaltTree::new([1; 32]);
        let shares = {
            let seed = tree
                .above(5 << CHUNK_BITS)
                .unwrap()
                .descend(5 << CHUNK_BITS, DEPTH);
            let mut stream = [0; SALTS_CHUNK * SALT_BYTES];
            mask(&seed, &mut stream);
            [seed.to_vec(), stream[32..48].to_vec()]
        };
        forget(&mut tree, (5, 2), 4);
        assert!(tree.above(5 << CHUNK_BITS).is_none());
        let bytes = tree.encode();
        for gone in shares.iter().map(Vec::as_slice).chain([&[1; 32][..]]) {
            assert!(!bytes.windows(gone.len()).any(|window| window == gone));
        }
    }

    #[test]
    fn what_is_kept_grows_by_some_forty_seeds_at_most_and_is_shared_by_neighbours() {
        let mut tree = SaltTree::new([1; 32]);
        forget(&mut tree, (1_000, 0), 1);
        let one = tree.encode().len();
        assert!(one < 2_000, "{one}");
        for entry in 1_001..1_100 {
            forget(&mut tree, (entry, 0), 1);
        }
        assert!(
            tree.encode().len() < one + 99 * 60,
            "{}",
            tree.encode().len()
        );
    }

    #[test]
    fn bytes_that_are_no_tree_are_refused() {
        let bytes = SaltTree::new([1; 32]).encode();
        assert!(SaltTree::decode(&bytes).is_some());
        assert!(SaltTree::decode(&bytes[..bytes.len() - 1]).is_none());
        assert!(SaltTree::decode(&[&bytes[..], &[0]].concat()).is_none());
        assert!(SaltTree::decode(b"").is_none());
        let deep = Node {
            depth: 65,
            seed: [0; 32],
        };
        let nodes = BTreeMap::from([(0, deep)]);
        let broken = BTreeMap::new();
        assert!(SaltTree::decode(&SaltTree { nodes, broken }.encode()).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn whatever_is_forgotten_every_other_leaf_stays_and_every_root_with_it(
            gone in proptest::collection::vec((0_u64..6, 0_usize..600), 1..40),
        ) {
            const COUNT: usize = 600;
            let whole = SaltTree::new([3; 32]);
            let mut tree = whole.clone();
            for &at in &gone {
                forget(&mut tree, at, COUNT);
            }
            let tree = SaltTree::decode(&tree.encode()).unwrap();
            for entry in 0..7 {
                for place in 0..COUNT {
                    let at = (entry, place);
                    let (before, after) = (leaf(&whole, at), leaf(&tree, at));
                    prop_assert_eq!(before.hash(hash), after.hash(hash));
                    let forgotten = matches!(after, SubjectLeaf::Forgotten(_));
                    prop_assert_eq!(forgotten, gone.contains(&at));
                }
            }
        }

        #[test]
        fn any_bytes_are_a_tree_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let read = SaltTree::decode(&[MAGIC, &bytes].concat());
            if let Some(mut tree) = read {
                forget(&mut tree, (1, 1), 3);
                let _ = leaf(&tree, (1, 2));
            }
        }
    }
}
