//! The partition and bucket of a row, and the file they share.

use jiff::Span;
use jiff::civil::Date;

/// What Hive-style readers take for "no value".
const NO_DATE: &str = "__HIVE_DEFAULT_PARTITION__";
const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

/// A partition and bucket of a table: the rows that share one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Partition {
    /// Days since 1970-01-01 UTC; `None` where no date column has a value.
    pub(crate) day: Option<i32>,
    /// Which of the pipeline's buckets.
    pub(crate) bucket: u32,
}

impl Partition {
    /// The file's name within the pipeline's folder of the table.
    pub(crate) fn file(self) -> String {
        format!("date={}/part-{}.parquet", encode_day(self.day), self.bucket)
    }

    /// Reads such a name back.
    pub(crate) fn parse(file: &str) -> Option<Self> {
        let (folder, part) = file.split_once('/')?;
        let day = decode_day(folder.strip_prefix("date=")?)?;
        let bucket = part.strip_prefix("part-")?.strip_suffix(".parquet")?.parse().ok()?;
        let partition = Self { day, bucket };
        // Only the one spelling: two names for one partition would be two files for one row.
        (partition.file() == file).then_some(partition)
    }
}

/// The UTC day of an instant in microseconds; `None` outside the years 0 to 9999, which no reader takes for a date.
pub(crate) fn day_of(microseconds: i64) -> Option<i32> {
    let day = i32::try_from(microseconds.div_euclid(MICROSECONDS_A_DAY)).ok()?;
    DAYS.contains(&day).then_some(day)
}

/// 0000-01-01 to 9999-12-31.
const DAYS: std::ops::RangeInclusive<i32> = -719_528..=2_932_896;

fn date(day: i32) -> Option<Date> {
    let days = Span::new().try_days(day).ok()?;
    let date = jiff::civil::date(1970, 1, 1).checked_add(days).ok()?;
    (0..=9999).contains(&date.year()).then_some(date)
}

fn encode_day(day: Option<i32>) -> String {
    day.and_then(date).map_or_else(|| NO_DATE.to_owned(), |date| date.to_string())
}

fn decode_day(text: &str) -> Option<Option<i32>> {
    if text == NO_DATE {
        return Some(None);
    }
    let date: Date = text.parse().ok()?;
    Some(Some(jiff::civil::date(1970, 1, 1).until(date).ok()?.get_days()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn files_of_instants() {
        let cases = [
            (Some(0), "date=1970-01-01/part-0.parquet"),
            (Some(-1), "date=1969-12-31/part-0.parquet"),
            (Some(1_744_675_200_000_000), "date=2025-04-15/part-0.parquet"),
            (Some(1_744_675_199_999_999), "date=2025-04-14/part-0.parquet"),
            (Some(i64::MAX), "date=__HIVE_DEFAULT_PARTITION__/part-0.parquet"),
            (Some(i64::MIN), "date=__HIVE_DEFAULT_PARTITION__/part-0.parquet"),
            (None, "date=__HIVE_DEFAULT_PARTITION__/part-0.parquet"),
        ];
        for (instant, expected) in cases {
            let partition = Partition { day: instant.and_then(day_of), bucket: 0 };
            assert_eq!(partition.file(), expected);
        }
    }

    #[test]
    fn other_files_are_no_partitions() {
        for file in [
            "date=2025-04-15/part-0.parquet.crc",
            "date=2025-4-15/part-0.parquet",
            "date=2025-04-15/part-00.parquet",
            "date=2025-04-15/x.parquet",
            "part-0.parquet",
        ] {
            assert_eq!(Partition::parse(file), None, "{file}");
        }
    }

    proptest! {
        #[test]
        fn every_partition_reads_back(instant in any::<i64>(), bucket in any::<u32>()) {
            let partition = Partition { day: day_of(instant), bucket };
            prop_assert_eq!(Partition::parse(&partition.file()), Some(partition));
        }
    }
}
