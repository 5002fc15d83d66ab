//! Which lists there are: the aggregation of the standard (draft-ietf-oauth-status-list 9).
//!
//! Invariant: lists stand in the order of their addresses, each once, so that one set of lists is
//! one document. Refuses: more lists or bytes than the limits, and a member that nobody defined.

use super::claims::check_uri;
use super::error::ListError;
use serde::{Deserialize, Serialize};

/// The most lists of one manifest.
pub const MANIFEST_LISTS_MAX: usize = 4_096;
/// The most bytes of one manifest.
pub const MANIFEST_BYTES_MAX: usize = 4 << 20;

/// The addresses of all lists: what `aggregation_uri` leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    status_lists: Vec<String>,
}

impl Manifest {
    /// The manifest of these lists.
    pub fn new(mut uris: Vec<String>) -> Result<Self, ListError> {
        uris.sort();
        let manifest = Self { status_lists: uris };
        manifest.check()?;
        Ok(manifest)
    }

    /// Reads a manifest.
    pub fn read(bytes: &[u8]) -> Result<Self, ListError> {
        // An object, and not the array that would do for it as well.
        if bytes.first() != Some(&b'{') {
            return Err(ListError::Content("not the expected JSON"));
        }
        let manifest: Self = parse(bytes)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The document.
    pub fn to_json(&self) -> Result<Vec<u8>, ListError> {
        print(self)
    }

    /// The addresses in order.
    pub fn uris(&self) -> &[String] {
        &self.status_lists
    }

    /// Whether a list is named: a verifier refuses a credential that points elsewhere.
    pub fn names(&self, uri: &str) -> bool {
        let found = self
            .status_lists
            .binary_search_by(|own| own.as_str().cmp(uri));
        found.is_ok()
    }

    fn check(&self) -> Result<(), ListError> {
        check_order(self.status_lists.iter().map(String::as_str))
    }
}

fn check_order<'a>(uris: impl Iterator<Item = &'a str>) -> Result<(), ListError> {
    let mut count = 0_usize;
    let mut before = "";
    for uri in uris {
        check_uri(uri)?;
        // The empty text is before every address.
        if uri <= before {
            return Err(ListError::Content("addresses twice or out of order"));
        }
        before = uri;
        count = count.saturating_add(1);
        if count > MANIFEST_LISTS_MAX {
            return Err(ListError::Limit {
                what: "lists of a manifest",
                limit: MANIFEST_LISTS_MAX as u64,
            });
        }
    }
    Ok(())
}

fn parse<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, ListError> {
    if bytes.len() > MANIFEST_BYTES_MAX {
        return Err(ListError::Limit {
            what: "bytes of a manifest",
            limit: MANIFEST_BYTES_MAX as u64,
        });
    }
    serde_json::from_slice(bytes).map_err(|_| ListError::Content("not the expected JSON"))
}

fn print<T: Serialize>(document: &T) -> Result<Vec<u8>, ListError> {
    serde_json::to_vec(document).map_err(|_| ListError::Content("not representable as JSON"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uris(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_manifest_is_written_in_order_and_reads_back() {
        let manifest = Manifest::new(uris(&["https://s/2", "https://s/1"])).unwrap();
        let json = manifest.to_json().unwrap();
        assert_eq!(json, br#"{"status_lists":["https://s/1","https://s/2"]}"#);
        assert_eq!(Manifest::read(&json).unwrap(), manifest);
        assert!(manifest.names("https://s/2"));
        assert!(!manifest.names("https://s/3"));
        assert!(Manifest::new(Vec::new()).unwrap().uris().is_empty());
    }

    #[test]
    fn a_manifest_out_of_form_is_refused() {
        assert!(Manifest::new(uris(&["https://s/1", "https://s/1"])).is_err());
        let many = (0..=MANIFEST_LISTS_MAX).map(|at| format!("https://s/{at}"));
        assert!(Manifest::new(many.collect()).is_err());
        for json in [
            &br#"{"status_lists":["b","a"]}"#[..],
            br#"{"status_lists":["a"],"more":1}"#,
            br#"{"status_lists":["a"],"status_lists":["a"]}"#,
            br#"{"status_lists":["a b"]}"#,
            br#"{"status_lists":["a"]} x"#,
            br"{}",
            br"[[]]",
            b"",
        ] {
            assert!(Manifest::read(json).is_err());
        }
        let mut padded = br#"{"status_lists":["a"]}"#.to_vec();
        padded.resize(MANIFEST_BYTES_MAX + 1, b' ');
        assert!(matches!(
            Manifest::read(&padded),
            Err(ListError::Limit { .. })
        ));
    }
}
