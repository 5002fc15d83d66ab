//! QR codes: drawn for a screen, a printer or a terminal, and read back from a picture.
//!
//! Invariant: a text of the alphanumeric set is encoded in that mode (ISO/IEC 18004 7.4.4), with the
//! quiet zone of four modules that the standard asks for. Refuses: texts and pictures over a limit;
//! a picture with none, or more than one code in it.

use fast_qr::{ECL, Mode, QRBuilder};
use image::{GrayImage, ImageReader, Limits, Luma};
use std::fmt::Write as _;
use std::io::Cursor;
use web::papers::Drawn;

/// Modules of white around the code.
const QUIET: usize = 4;
/// The most pixels of a side of a picture.
const PIXELS_MAX: u32 = 8_000;
/// The most memory that a picture may take while it is read.
const PICTURE_MEMORY_MAX: u64 = 256 << 20;
/// A larger picture is made smaller before a code is looked for.
const LOOK_PIXELS: u32 = 1_600;
/// The most bytes of a picture.
pub const PICTURE_BYTES_MAX: usize = 32 << 20;

/// How much of a code may be spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// 15 %: for screens.
    Medium,
    /// 25 %: for paper.
    Quartile,
}

/// A code: dark and light modules, with its quiet zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    modules: Vec<bool>,
    side: usize,
    version: usize,
}

impl Qr {
    /// Draws a text.
    pub fn draw(text: &str, correction: Correction) -> Result<Self, String> {
        let ecl = match correction {
            Correction::Medium => ECL::M,
            Correction::Quartile => ECL::Q,
        };
        let alphanumeric = text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'Z') || b" $%*+-./:".contains(&byte));
        let mode = if alphanumeric {
            Mode::Alphanumeric
        } else {
            Mode::Byte
        };
        let code = QRBuilder::new(text)
            .mode(mode)
            .ecl(ecl)
            .build()
            .map_err(|_| "the text is too long for a QR code".to_owned())?;
        let side = code.size.saturating_add(2 * QUIET);
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < code.size);
        let dark = |row: usize, column: usize| {
            let (Some(row), Some(column)) = (inside(row), inside(column)) else {
                return false;
            };
            let place = row.saturating_mul(code.size).saturating_add(column);
            code.data.get(place).is_some_and(|module| module.value())
        };
        let modules = (0..side).flat_map(|row| (0..side).map(move |column| (row, column)));
        Ok(Self {
            modules: modules.map(|(row, column)| dark(row, column)).collect(),
            side,
            version: code.size.saturating_sub(17) / 4,
        })
    }

    /// Modules on a side, the quiet zone included.
    pub const fn side(&self) -> usize {
        self.side
    }

    /// The version, 1 to 40.
    pub const fn version(&self) -> usize {
        self.version
    }

    fn dark(&self, row: usize, column: usize) -> bool {
        let place = row.saturating_mul(self.side).saturating_add(column);
        self.modules.get(place).copied().unwrap_or(false)
    }

    /// For a terminal: two modules in one character, dark on light whatever its colours.
    pub fn terminal(&self) -> String {
        let mut out = String::new();
        for row in (0..self.side).step_by(2) {
            out.push_str("\u{1b}[38;5;16;48;5;231m");
            for column in 0..self.side {
                let lower =
                    row.saturating_add(1) < self.side && self.dark(row.saturating_add(1), column);
                out.push(match (self.dark(row, column), lower) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            out.push_str("\u{1b}[0m\n");
        }
        out
    }

    /// The path of the dark modules, one unit each, for a picture of [`Qr::side`] units.
    pub fn svg_path(&self) -> String {
        let mut path = String::new();
        for row in 0..self.side {
            let mut column = 0;
            while column < self.side {
                let run = (column..self.side)
                    .take_while(|at| self.dark(row, *at))
                    .count();
                if run > 0 {
                    let _ = write!(path, "M{column} {row}h{run}v1h-{run}z");
                }
                column = column.saturating_add(run.max(1));
            }
        }
        path
    }

    /// A picture of any size.
    pub fn svg(&self, title: &str) -> String {
        let side = self.side;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" \
             shape-rendering=\"crispEdges\"><title>{}</title><path fill=\"#fff\" \
             d=\"M0 0h{side}v{side}H0z\"/><path d=\"{}\"/></svg>\n",
            escape(title),
            self.svg_path()
        )
    }

    /// A PNG with so many pixels a module.
    pub fn png(&self, scale: u32) -> Result<Vec<u8>, String> {
        let scale = scale.clamp(1, 32);
        let pixels = u32::try_from(self.side).unwrap_or(0).saturating_mul(scale);
        let picture = GrayImage::from_fn(pixels, pixels, |x, y| {
            let module = |at: u32| at.checked_div(scale).unwrap_or(0) as usize;
            Luma([if self.dark(module(y), module(x)) {
                0
            } else {
                255
            }])
        });
        let mut out = Cursor::new(Vec::new());
        picture
            .write_to(&mut out, image::ImageFormat::Png)
            .map_err(|error| error.to_string())?;
        Ok(out.into_inner())
    }
}

/// A text as it is drawn for paper; nothing where it is too long.
pub fn on_paper(text: &str) -> Option<Drawn> {
    let qr = Qr::draw(text, Correction::Quartile).ok()?;
    Some(Drawn {
        side: qr.side(),
        path: qr.svg_path(),
    })
}

/// A text as it may stand in XML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The text of the one code in a PNG or JPEG picture.
pub fn read(picture: &[u8]) -> Result<String, String> {
    if picture.len() > PICTURE_BYTES_MAX {
        return Err(format!(
            "the picture is longer than {PICTURE_BYTES_MAX} bytes"
        ));
    }
    let reader = ImageReader::new(Cursor::new(picture)).with_guessed_format();
    let mut reader = reader.map_err(|error| error.to_string())?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(PIXELS_MAX);
    limits.max_image_height = Some(PIXELS_MAX);
    limits.max_alloc = Some(PICTURE_MEMORY_MAX);
    reader.limits(limits);
    let picture = reader
        .decode()
        .map_err(|error| format!("not a PNG or JPEG picture that can be read: {error}"))?
        .into_luma8();
    let picture = match picture.width().max(picture.height()) {
        0..=LOOK_PIXELS => picture,
        _ => image::DynamicImage::from(picture)
            .thumbnail(LOOK_PIXELS, LOOK_PIXELS)
            .into_luma8(),
    };
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixel = |x: usize, y: usize| {
        let at = (u32::try_from(x).unwrap_or(0), u32::try_from(y).unwrap_or(0));
        picture
            .get_pixel_checked(at.0, at.1)
            .map_or(255, |Luma([value])| *value)
    };
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
    let grids = prepared.detect_grids();
    let mut texts: Vec<String> = grids
        .iter()
        .filter_map(|grid| grid.decode().ok())
        .map(|(_, text)| text)
        .collect();
    texts.sort();
    texts.dedup();
    match (texts.pop(), texts.is_empty()) {
        (Some(text), true) => Ok(text),
        (Some(_), false) => Err("more than one QR code is in the picture".to_owned()),
        (None, _) => Err("no QR code that can be read is in the picture".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "MM1:0123456789ABCDEF $%*+-./:";

    #[test]
    fn a_code_reads_back_from_its_own_picture() {
        for correction in [Correction::Medium, Correction::Quartile] {
            for text in [
                TEXT.to_owned(),
                TEXT.repeat(16),
                "明码 and small letters".to_owned(),
            ] {
                let qr = Qr::draw(&text, correction).unwrap();
                for scale in [3, 4, 8] {
                    assert_eq!(read(&qr.png(scale).unwrap()).unwrap(), text, "{scale}");
                }
            }
        }
    }

    #[test]
    fn a_presentation_fits_version_14_and_a_sheet_version_13() {
        let phone = "A".repeat(500);
        assert_eq!(Qr::draw(&phone, Correction::Medium).unwrap().version(), 14);
        let paper = "A".repeat(340);
        assert_eq!(
            Qr::draw(&paper, Correction::Quartile).unwrap().version(),
            13
        );
    }

    #[test]
    fn there_are_four_light_modules_around_the_code() {
        let qr = Qr::draw(TEXT, Correction::Medium).unwrap();
        for at in 0..qr.side() {
            for edge in (0..QUIET).chain(qr.side() - QUIET..qr.side()) {
                assert!(!qr.dark(at, edge) && !qr.dark(edge, at));
            }
        }
        assert!(qr.dark(QUIET, QUIET));
    }

    #[test]
    fn what_is_no_picture_or_holds_no_code_is_refused_with_a_reason() {
        assert!(read(b"").is_err());
        assert!(read(b"\x89PNG\r\n\x1a\n").is_err());
        let white = GrayImage::from_pixel(64, 64, Luma([255]));
        let mut png = Cursor::new(Vec::new());
        white.write_to(&mut png, image::ImageFormat::Png).unwrap();
        assert!(read(&png.into_inner()).unwrap_err().contains("no QR code"));
        assert!(Qr::draw(&"A".repeat(5_000), Correction::Quartile).is_err());
    }

    #[test]
    fn two_codes_in_one_picture_are_not_guessed_between() {
        let one = Qr::draw("ONE", Correction::Medium).unwrap().png(6).unwrap();
        let other = Qr::draw("OTHER", Correction::Medium)
            .unwrap()
            .png(6)
            .unwrap();
        let load = |png: &[u8]| image::load_from_memory(png).unwrap().into_luma8();
        let (one, other) = (load(&one), load(&other));
        let mut both =
            GrayImage::from_pixel(one.width() + other.width(), one.height(), Luma([255]));
        image::imageops::replace(&mut both, &one, 0, 0);
        image::imageops::replace(&mut both, &other, i64::from(one.width()), 0);
        let mut png = Cursor::new(Vec::new());
        both.write_to(&mut png, image::ImageFormat::Png).unwrap();
        assert!(
            read(&png.into_inner())
                .unwrap_err()
                .contains("more than one")
        );
    }
}
