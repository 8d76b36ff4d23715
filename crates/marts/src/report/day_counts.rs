//! Counts a day and word of a source.

use jiff::civil::Date;
use polars::prelude::{AnyValue, DataType, Expr, LazyFrame, col, lit, when};

use super::cells::{text, whole};
use super::timeline::day_of_number;
use crate::catalog::Catalog;
use crate::checks::collect;
use crate::failure::Failure;

/// Values of a column that are told apart; of more, the rarest are one.
const MAX_APART: usize = 24;

/// A count a day and word; `None` for rows without a word.
pub(super) type DayCounts = Vec<(Option<Date>, Word, u64)>;

/// A word of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Word {
    /// As the source has it.
    Is(String),
    /// The row has none.
    None,
    /// One of the many that are rarer than those told apart.
    Rare,
}

/// Sums `count` by `day` and `word`; of very many words the rarest are one.
pub(super) fn counted(frame: LazyFrame, catalog: &Catalog) -> Result<DayCounts, Failure> {
    let words = frame.clone().group_by([col("word")]).agg([col("count").cast(DataType::UInt64).sum()]);
    let words = words.filter(col("word").is_not_null()).sort(
        ["count", "word"],
        polars::prelude::SortMultipleOptions::default().with_order_descending_multi([true, false]),
    );
    let words = collect(words.limit(u32::try_from(MAX_APART + 1).unwrap_or(u32::MAX)), catalog)?;
    let names: Vec<String> = (0..words.height()).filter_map(|row| text(&words, "word", row)).collect();
    let (is_known, word): (Expr, Expr) = match names.get(..MAX_APART) {
        Some(known) if names.len() > MAX_APART => {
            let known = known.iter().map(|name| col("word").eq(lit(name.as_str()))).reduce(Expr::or);
            let known = known.unwrap_or_else(|| lit(true)).or(col("word").is_null());
            (known.clone(), when(known).then(col("word")).otherwise(lit(polars::prelude::NULL)))
        }
        _ => (lit(true), col("word")),
    };
    let frame = frame
        .select([col("day"), col("count"), is_known.alias("known"), word.alias("word")])
        .group_by([col("day"), col("known"), col("word")])
        .agg([col("count").cast(DataType::UInt64).sum()]);
    let rows = collect(frame, catalog)?;
    let row = |row: usize| {
        let day = whole(&rows, "day", row).and_then(|day| day_of_number(i32::try_from(day).ok()?));
        let is_known = matches!(
            rows.column("known").ok().and_then(|known| known.get(row).ok()),
            Some(AnyValue::Boolean(true))
        );
        let word = match (is_known, text(&rows, "word", row)) {
            (false, _) => Word::Rare,
            (true, Some(word)) => Word::Is(word),
            (true, None) => Word::None,
        };
        let count =
            whole(&rows, "count", row).and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
        (day, word, count)
    };
    Ok((0..rows.height()).map(row).collect())
}
