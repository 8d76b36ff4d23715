//! The partition and bucket of a row, and the file they share.

use convolake_model::PartitionBy;
use jiff::Span;
use jiff::civil::Date;

/// What Hive-style readers take for "no value".
const NO_DATE: &str = "__HIVE_DEFAULT_PARTITION__";
const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

/// A partition and bucket of a table: the rows that share one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Partition {
    /// Its kind. A table has one.
    pub(crate) by: PartitionBy,
    /// Its first day, in days since 1970-01-01 UTC; `None` where no date column has a value.
    pub(crate) first_day: Option<i32>,
    /// Which of the pipeline's buckets.
    pub(crate) bucket: u32,
}

impl Partition {
    /// The value of a partition of rows without a date.
    pub(crate) const NO_VALUE: &str = NO_DATE;

    /// The partition of the rows of a day.
    pub(crate) fn of_day(by: PartitionBy, day: Option<i32>, bucket: u32) -> Self {
        let first_day = match by {
            PartitionBy::Day => day,
            PartitionBy::Month => day.map(first_of_month),
        };
        Self { by, first_day, bucket }
    }

    /// The file's name within the pipeline's folder of the table.
    pub(crate) fn file(self) -> String {
        let folder = self.by.folder_column();
        format!("{folder}={}/part-{}.parquet", self.value().as_deref().unwrap_or(NO_DATE), self.bucket)
    }

    /// Reads such a name back.
    pub(crate) fn parse(file: &str) -> Option<Self> {
        let (folder, part) = file.split_once('/')?;
        let (column, value) = folder.split_once('=')?;
        let by =
            [PartitionBy::Day, PartitionBy::Month].into_iter().find(|by| by.folder_column() == column)?;
        let first_day = if value == NO_DATE { None } else { Some(first_day(by, value)?) };
        let bucket = part.strip_prefix("part-")?.strip_suffix(".parquet")?.parse().ok()?;
        let partition = Self { by, first_day, bucket };
        // Only the one spelling: two names for one partition would be two files for one row.
        (partition.file() == file).then_some(partition)
    }

    /// The value in the folder's name: all readers take a month for text, and a day for a date.
    pub(crate) fn value(self) -> Option<String> {
        let date = date(self.first_day?)?;
        Some(match self.by {
            PartitionBy::Day => date.to_string(),
            PartitionBy::Month => format!("{:04}-{:02}", date.year(), date.month()),
        })
    }

    /// The days it is of, from the first to the one behind the last.
    pub(crate) fn days(self) -> Option<std::ops::Range<i32>> {
        let first = self.first_day?;
        Some(match self.by {
            PartitionBy::Day => first..first + 1,
            PartitionBy::Month => {
                first..first + date(first).map_or(1, |date| i32::from(date.days_in_month()))
            }
        })
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

/// The first day of the month a day is in. Asked for each row, so by whole numbers alone: the calendar repeats every 146,097
/// days, and from a first of March on the months are a line with steps of 153 / 5 days.
fn first_of_month(day: i32) -> i32 {
    let day_of_era = (day + 719_468).rem_euclid(146_097);
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    day - (day_of_year - (153 * month + 2) / 5)
}

fn first_day(by: PartitionBy, value: &str) -> Option<i32> {
    let date: Date = match by {
        PartitionBy::Day => value.parse().ok()?,
        PartitionBy::Month => format!("{value}-01").parse().ok()?,
    };
    Some(jiff::civil::date(1970, 1, 1).until(date).ok()?.get_days())
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
            let partition = Partition::of_day(PartitionBy::Day, instant.and_then(day_of), 0);
            assert_eq!(partition.file(), expected);
        }
    }

    #[test]
    fn months_of_instants() {
        let cases = [
            (Some(0), "month=1970-01/part-3.parquet"),
            (Some(-1), "month=1969-12/part-3.parquet"),
            (Some(1_744_675_200_000_000), "month=2025-04/part-3.parquet"),
            (Some(1_740_787_199_999_999), "month=2025-02/part-3.parquet"),
            (Some(1_740_787_200_000_000), "month=2025-03/part-3.parquet"),
            (Some(i64::MAX), "month=__HIVE_DEFAULT_PARTITION__/part-3.parquet"),
            (None, "month=__HIVE_DEFAULT_PARTITION__/part-3.parquet"),
        ];
        for (instant, expected) in cases {
            let partition = Partition::of_day(PartitionBy::Month, instant.and_then(day_of), 3);
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
            "date=2025-04/part-0.parquet",
            "month=2025-04-15/part-0.parquet",
            "month=2025-4/part-0.parquet",
            "month=2025-13/part-0.parquet",
            "week=2025-04/part-0.parquet",
            "part-0.parquet",
        ] {
            assert_eq!(Partition::parse(file), None, "{file}");
        }
    }

    proptest! {
        #[test]
        fn every_partition_reads_back(instant in any::<i64>(), bucket in any::<u32>()) {
            for by in [PartitionBy::Day, PartitionBy::Month] {
                let partition = Partition::of_day(by, day_of(instant), bucket);
                prop_assert_eq!(Partition::parse(&partition.file()), Some(partition));
            }
        }

        #[test]
        fn a_day_is_in_the_month_of_its_date(day in DAYS) {
            let partition = Partition::of_day(PartitionBy::Month, Some(day), 0);
            let first = date(partition.first_day.unwrap()).unwrap();
            prop_assert_eq!(first, date(day).unwrap().first_of_month());
            let days = partition.days().unwrap();
            prop_assert!(days.contains(&day));
            prop_assert_eq!(days.len(), usize::try_from(first.days_in_month()).unwrap());
        }
    }
}
