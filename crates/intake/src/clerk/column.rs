//! The columns of a clerk's file and the headings that name them.
//!
//! Invariant: a heading means one column or none; capitals, spaces and order do not matter.
//! Refuses: two headings for one column, and files without the four columns every row needs.

use crate::error::Error;
use domain::evidence::Field;
use std::fmt;

macro_rules! columns {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $zh:literal;)*) => {
        /// A column that a clerk's file may have.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Column {
            $($(#[$doc])* $variant,)*
        }

        impl Column {
            /// Every column, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its heading in English.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Its heading in Chinese.
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)* }
            }
        }
    };
}

columns! {
    /// Kind of document; a resident identity card where empty.
    DocumentType = "document_type", "证件类型";
    /// Number of the document.
    DocumentNumber = "document_number", "证件号码";
    /// Name, for the vault.
    Name = "name", "姓名";
    /// Phone, for the vault.
    Phone = "phone", "联系电话";
    /// The division responsible.
    Division = "division", "区划代码";
    /// When the stated fact happened.
    OccurredAt = "occurred_at", "发生时间";
    /// The source's own number.
    Reference = "reference", "编号";
    /// Kind of document of the index person.
    LinkDocumentType = "link_document_type", "关联证件类型";
    /// Number of the document of the index person.
    LinkDocumentNumber = "link_document_number", "关联证件号码";
    /// The linked number.
    LinkReference = "link_reference", "关联编号";
    /// The beginning of a stay or overlap.
    From = "from", "起始时间";
    /// The end of a stay or overlap.
    Until = "until", "截止时间";
    /// How finely the place is known.
    Precision = "precision", "位置精度";
    /// When what was pushed ends by itself.
    Expires = "expires", "失效时间";
    /// The pushed colour.
    Pushed = "pushed", "推送颜色";
    /// Where it came from.
    Origin = "origin", "来源地";
}

impl Column {
    /// The columns that every file needs.
    pub const REQUIRED: [Self; 4] = [
        Self::DocumentNumber,
        Self::Division,
        Self::OccurredAt,
        Self::Reference,
    ];

    /// The column that fills a field which only some kinds of evidence carry.
    pub const fn of(field: Field) -> Self {
        match field {
            Field::LinkPerson => Self::LinkDocumentNumber,
            Field::LinkReference => Self::LinkReference,
            Field::From => Self::From,
            Field::Until => Self::Until,
            Field::Precision => Self::Precision,
            Field::Expires => Self::Expires,
            Field::Pushed => Self::Pushed,
            Field::Origin => Self::Origin,
        }
    }

    /// Whether its values are document numbers: of those the end is shown, so that a clerk finds the row.
    pub(super) const fn is_document(self) -> bool {
        matches!(self, Self::DocumentNumber | Self::LinkDocumentNumber)
    }

    /// Whether its values are personal and so never shown whole.
    pub const fn is_personal(self) -> bool {
        matches!(
            self,
            Self::DocumentNumber | Self::Name | Self::Phone | Self::LinkDocumentNumber
        )
    }

    fn from_heading(heading: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|column| column.word() == heading || column.zh() == heading)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

/// A heading that means nothing here; its values are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnWarning {
    /// The heading.
    pub heading: String,
    /// The known heading most like it, if one is.
    pub nearest: Option<&'static str>,
}

impl ColumnWarning {
    pub(super) fn new(heading: &str) -> Self {
        let plain = normalise(heading);
        let known = Column::ALL
            .iter()
            .flat_map(|column| [column.word(), column.zh()]);
        let nearest = known.filter(|known| is_similar(&plain, known));
        let nearest = nearest.min_by_key(|known| distance(&plain, known));
        Self {
            heading: shown(heading),
            nearest,
        }
    }
}

impl fmt::Display for ColumnWarning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "unknown column `{}`: left out", self.heading)?;
        match self.nearest {
            Some(nearest) => write!(formatter, "\nhelp: did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}

/// What headings mean: the standard ones in English and Chinese, and an office's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    own: Vec<(String, Option<Column>)>,
}

impl Columns {
    /// The standard headings.
    pub fn standard() -> Self {
        Self::default()
    }

    /// Takes a heading of the office's own as a column.
    #[must_use]
    pub fn with(mut self, heading: &str, column: Column) -> Self {
        self.own.push((normalise(heading), Some(column)));
        self
    }

    /// Leaves a heading out without a warning.
    #[must_use]
    pub fn without(mut self, heading: &str) -> Self {
        self.own.push((normalise(heading), None));
        self
    }

    /// The column that a heading means: `None` unknown, `Some(None)` left out on purpose.
    pub(super) fn find(&self, heading: &str) -> Option<Option<Column>> {
        let plain = normalise(heading);
        if plain.is_empty() {
            return Some(None);
        }
        match self.own.iter().find(|(own, _)| *own == plain) {
            Some((_, column)) => Some(*column),
            None => Column::from_heading(&plain).map(Some),
        }
    }

    /// What each heading of a table means, and the warnings.
    pub(super) fn resolve<'h>(
        &self,
        headings: impl Iterator<Item = &'h str>,
    ) -> Result<(Vec<Option<Column>>, Vec<ColumnWarning>), Error> {
        let mut found: Vec<Option<Column>> = Vec::new();
        let mut warnings = Vec::new();
        for heading in headings {
            let column = self.find(heading);
            if let Some(Some(column)) = column
                && found.contains(&Some(column))
            {
                return Err(Error::ColumnTwice(column));
            }
            if column.is_none() {
                warnings.push(ColumnWarning::new(heading));
            }
            found.push(column.flatten());
        }
        for column in Column::REQUIRED {
            if !found.contains(&Some(column)) {
                let like = |warning: &&ColumnWarning| {
                    let heading = normalise(&warning.heading);
                    is_similar(&heading, column.word()) || is_similar(&heading, column.zh())
                };
                let similar = warnings
                    .iter()
                    .find(like)
                    .map(|warning| warning.heading.clone());
                return Err(Error::ColumnMissing { column, similar });
            }
        }
        Ok((found, warnings))
    }
}

fn normalise(heading: &str) -> String {
    let plain = heading.trim().trim_start_matches('\u{feff}').trim();
    plain.to_lowercase().replace([' ', '-'], "_")
}

/// A heading as it may be shown: short, and hidden where it looks like somebody's number.
fn shown(heading: &str) -> String {
    super::fault::harmless(heading.trim()).unwrap_or_else(|| "(hidden: it has a number)".to_owned())
}

fn is_similar(a: &str, b: &str) -> bool {
    let longest = a.chars().count().max(b.chars().count());
    !a.is_empty() && distance(a, b) <= longest / 2
}

/// Levenshtein's distance in characters; both texts are short.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, from) in a.chars().take(64).enumerate() {
        let mut left = line.saturating_add(1);
        let mut next = vec![left];
        for (pair, to) in row.windows(2).zip(&b) {
            let &[diagonal, above] = pair else { continue };
            let change = diagonal.saturating_add(usize::from(from != *to));
            left = change
                .min(above.saturating_add(1))
                .min(left.saturating_add(1));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_the_changes_of_characters() {
        assert_eq!(distance("reference", "referense"), 1);
        assert_eq!(distance("编号", "编码"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn headings_are_found_in_any_order_language_and_case() {
        let columns = Columns::standard();
        let headings = ["编号", "Occurred At", "区划代码", "document-number", ""];
        let (found, warnings) = columns.resolve(headings.into_iter()).unwrap();
        assert_eq!(found[0], Some(Column::Reference));
        assert_eq!(found[1], Some(Column::OccurredAt));
        assert_eq!(found[3], Some(Column::DocumentNumber));
        assert!(warnings.is_empty());
    }

    #[test]
    fn an_unknown_heading_is_a_warning_with_the_nearest_known_one() {
        let columns = Columns::standard();
        let headings = [
            "编号",
            "occurred_at",
            "division",
            "document_number",
            "precison",
            "备注说明",
        ];
        let (_, warnings) = columns.resolve(headings.into_iter()).unwrap();
        assert_eq!(warnings[0].nearest, Some("precision"));
        assert_eq!(warnings[1].nearest, None);
    }

    #[test]
    fn a_missing_required_column_is_named_with_the_heading_like_it() {
        let headings = ["refrence", "occurred_at", "division", "document_number"];
        let error = Columns::standard()
            .resolve(headings.into_iter())
            .unwrap_err();
        let similar = Some("refrence".to_owned());
        assert_eq!(
            error,
            Error::ColumnMissing {
                column: Column::Reference,
                similar
            }
        );
        let own = Columns::standard().with("refrence", Column::Reference);
        assert!(own.resolve(headings.into_iter()).is_ok());
    }

    #[test]
    fn a_column_given_twice_is_refused() {
        let headings = ["reference", "编号"];
        let error = Columns::standard()
            .resolve(headings.into_iter())
            .unwrap_err();
        assert_eq!(error, Error::ColumnTwice(Column::Reference));
    }

    #[test]
    fn a_file_without_headings_does_not_show_its_first_person() {
        let headings = ["990000195501010018", "410100"];
        let Err(error) = Columns::standard().resolve(headings.into_iter()) else {
            panic!("no headings")
        };
        assert!(!error.to_string().contains("990000"));
        assert!(
            !ColumnWarning::new("990000195501010018")
                .to_string()
                .contains("990000")
        );
    }
}
