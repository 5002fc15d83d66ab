//! How large and how deep the policies of a pack may be, looked at before they are parsed.
//!
//! Invariant: what passes is read in bounded stack, however it was made: the parser goes down once
//! for each bracket and each chained operator, and a stack that overflows takes the process with
//! it. Refuses by size and depth alone; what the text means is for the parser to say.

/// The most bytes of all policies.
pub(crate) const TEXT_BYTES_MAX: usize = 64 * 1_024;
/// The most bytes of one policy.
pub(crate) const POLICY_BYTES_MAX: usize = 4 * 1_024;
/// The most brackets inside each other.
pub(crate) const DEPTH_MAX: usize = 32;

/// Why policies are refused unread, and on which line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beyond {
    pub(crate) line: u32,
    pub(crate) what: &'static str,
}

/// Where the scan is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Code,
    Text,
    /// Right behind a backslash in a text.
    Escape,
    Comment,
}

/// Looks at the policies from front to back.
pub(crate) fn check(text: &str) -> Result<(), Beyond> {
    let mut line = 1_u32;
    if text.len() > TEXT_BYTES_MAX {
        let what = "is longer than 64 KiB";
        return Err(Beyond { line, what });
    }
    let (mut place, mut depth, mut length) = (Place::Code, 0_usize, 0_usize);
    let mut before = 0_u8;
    for byte in text.bytes() {
        line = line.saturating_add(u32::from(byte == b'\n'));
        length = length.saturating_add(1);
        place = match (place, byte) {
            (Place::Escape, _) | (Place::Text, 0..=b'!' | b'#'..=b'[' | b']'..) => Place::Text,
            (Place::Text, b'\\') => Place::Escape,
            (Place::Code, b'"') => Place::Text,
            (Place::Code, b'/') if before == b'/' => Place::Comment,
            (Place::Comment, b'\n') | (Place::Text, b'"') => Place::Code,
            (place, _) => place,
        };
        before = byte;
        if place == Place::Code {
            match byte {
                b'(' | b'[' | b'{' => depth = depth.saturating_add(1),
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                b';' => length = 0,
                _ => {}
            }
        }
        if depth > DEPTH_MAX {
            let what = "has more than 32 brackets inside each other";
            return Err(Beyond { line, what });
        }
        if length > POLICY_BYTES_MAX {
            let what = "has a policy of more than 4 KiB";
            return Err(Beyond { line, what });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> String {
        let (open, close) = ("(".repeat(levels), ")".repeat(levels));
        format!("permit(principal, action, resource)\nwhen {{ {open}true{close} }};")
    }

    #[test]
    fn brackets_go_down_to_a_limit() {
        assert_eq!(check(&nested(31)), Ok(()));
        let beyond = check(&nested(32)).unwrap_err();
        assert_eq!(beyond.line, 2);
        assert!(check(&nested(20_000)).is_err());
    }

    #[test]
    fn a_policy_and_all_of_them_have_a_length() {
        let chain = |steps: usize| format!("permit(a){};", " && true".repeat(steps));
        assert_eq!(check(&chain(500)), Ok(()));
        assert!(check(&chain(600)).is_err());
        assert_eq!(check(&chain(500).repeat(16)), Ok(()));
        assert!(check(&chain(500).repeat(17)).is_err());
    }

    #[test]
    fn what_stands_in_texts_and_comments_opens_and_ends_nothing() {
        let text = |inner: &str| format!("permit(a) when {{ a == \"{inner}\" }};");
        assert_eq!(check(&text(&"(".repeat(100))), Ok(()));
        assert_eq!(
            check(&text("\\\"((((((((((((((((((((((((((((((((((")),
            Ok(())
        );
        assert!(check(&text(&";".repeat(5_000))).is_err());
        assert_eq!(
            check(&format!("// {}\npermit(a);", "(".repeat(100))),
            Ok(())
        );
        assert!(check(&format!("// \"\n{}", nested(40))).is_err());
    }

    #[test]
    fn shipped_policies_are_far_from_the_limits() {
        for text in [
            include_str!("../../../packs/henan-2022/authority.cedar"),
            include_str!("../../../packs/hainan-2022/authority.cedar"),
        ] {
            assert_eq!(check(text), Ok(()));
            assert!(text.len() < TEXT_BYTES_MAX / 4);
        }
    }
}
