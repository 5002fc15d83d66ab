//! How tile paths spell an index and a width.
//!
//! Invariant: one index and width have one spelling. Refuses every other, such as a missing
//! zero, an empty group, or the suffix of a partial tile on a full one.

use super::TILE_WIDTH;
use crate::{Error, text};

/// Seven x-groups of three digits hold the largest index; longer paths are not read.
const PATH_BYTES_MAX: usize = 64;

/// `x001/x234/067`, with `.p/W` for a partial one.
pub fn position(index: u64, width: u16) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width < TILE_WIDTH {
        format!("{path}.p/{width}")
    } else {
        path
    }
}

/// What follows the prefix of a path of bounded length.
pub fn stripped<'a>(path: &'a str, prefix: &str) -> Result<&'a str, Error> {
    if path.len() > PATH_BYTES_MAX {
        return Err(Error::TilePath);
    }
    path.strip_prefix(prefix).ok_or(Error::TilePath)
}

/// Index and width from the path elements that name them.
pub fn parse_position(path: &str) -> Result<(u64, u16), Error> {
    let (groups, width) = match path.split_once(".p/") {
        None => (path, TILE_WIDTH),
        Some((groups, width)) => {
            let width = text::decimal(width).map_err(|_| Error::TilePath)?;
            let width = u16::try_from(width).map_err(|_| Error::TilePath)?;
            if width >= TILE_WIDTH {
                return Err(Error::TilePath);
            }
            (groups, width)
        }
    };
    let digits: String = groups.split(['x', '/']).collect();
    let index = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok());
    let index = index.flatten().ok_or(Error::TilePath)?;
    // One index has one spelling: writing it again finds every misplaced group and zero.
    if position(index, TILE_WIDTH) != groups {
        return Err(Error::TilePath);
    }
    Ok((index, width))
}

#[cfg(test)]
mod tests {
    use super::super::{Bundle, INDEX_MAX, Tile};
    use super::*;

    #[test]
    fn paths_group_the_index_by_three_digits() {
        for (index, width, path) in [
            (0, 256, "tile/entries/000"),
            (999, 1, "tile/entries/999.p/1"),
            (1000, 256, "tile/entries/x001/000"),
            (1_234_067, 255, "tile/entries/x001/x234/067.p/255"),
        ] {
            let bundle = Bundle::new(index, width).unwrap();
            assert_eq!(bundle.path(), path);
            assert_eq!(Bundle::from_path(path), Ok(bundle));
        }
        let last = Tile::new(63, INDEX_MAX, 255).unwrap();
        assert_eq!(Tile::from_path(&last.path()), Ok(last));
    }

    #[test]
    fn a_path_with_another_spelling_is_refused() {
        for path in [
            "tile/0/",
            "tile/0/0",
            "tile/0/0000",
            "tile/0/x000/001",
            "tile/0/001/002",
            "tile/0/x001",
            "tile/0/x001x002",
            "tile/0/000.p/0256",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tile/00/000",
            "tile/+1/000",
            "/tile/0/000",
            "tile/0/-01",
            "tile/0/000/",
            "tile/256/000",
            "tile/8/0/000",
            "tile/entries/000",
            "tile/0/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(Tile::from_path(path), Err(Error::TilePath), "{path}");
        }
        assert_eq!(Tile::from_path("tile/0/000.p/0"), Err(Error::TileWidth(0)));
        assert_eq!(Tile::from_path("tile/64/000"), Err(Error::TileLevel(64)));
        assert_eq!(
            Tile::new(0, INDEX_MAX + 1, 1),
            Err(Error::TileIndex(INDEX_MAX + 1))
        );
        assert_eq!(Tile::new(0, 0, 257), Err(Error::TileWidth(257)));
    }
}
