//! The newest of what came under a key, in memory, gone when the server stops.
//!
//! Invariant: never more than the limit; the oldest make room.

use std::collections::{HashMap, VecDeque};

/// Keys remembered.
const KEYS_MAX: usize = 4_096;

/// What came under each key.
pub(crate) struct Recent<V> {
    found: HashMap<String, V>,
    order: VecDeque<String>,
}

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self {
            found: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<V> Recent<V> {
    /// What came under this key.
    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        self.found.get(key)
    }

    /// Remembers what came under a key that is not known yet.
    pub(crate) fn put(&mut self, key: String, value: V) {
        if self.order.len() >= KEYS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.found.remove(&oldest);
        }
        self.order.push_back(key.clone());
        self.found.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_key_makes_room_for_the_one_beyond_the_limit() {
        let mut recent = Recent::default();
        for key in 0..=KEYS_MAX {
            recent.put(key.to_string(), key);
        }
        assert_eq!((recent.get("0"), recent.get("1")), (None, Some(&1)));
        assert_eq!(recent.get(&KEYS_MAX.to_string()), Some(&KEYS_MAX));
    }
}
