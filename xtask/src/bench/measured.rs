//! What one run took, and what it wrote.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What `tests/peers/measure.py` says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Measured {
    pub(super) exit_code: i32,
    /// User and system time of the command and all it waited for.
    pub(super) cpu_seconds: f64,
    pub(super) wall_seconds: f64,
    /// Resident, of the largest process.
    pub(super) peak_bytes: u64,
    /// Whether it was stopped for taking too long.
    pub(super) stopped: bool,
    /// The end of what it wrote there.
    pub(super) stderr: String,
}

/// What `tests/peers/count.py` says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Written {
    /// Of all Parquet files.
    pub(super) bytes: u64,
    /// Rows by table.
    pub(super) tables: BTreeMap<String, u64>,
}

impl Written {
    pub(super) fn rows(&self) -> u64 {
        self.tables.values().sum()
    }
}

/// The middle one of each figure, and what the last run wrote.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Medians {
    pub(super) runs: usize,
    pub(super) cpu_seconds: f64,
    pub(super) wall_seconds: f64,
    pub(super) peak_bytes: f64,
    pub(super) written: Written,
}

impl Medians {
    /// `None` where nothing was run. `scale` turns what a part of the pages took into what all would take.
    pub(super) fn of(runs: &[Measured], written: &Written, scale: u64) -> Option<Self> {
        let factor = scale as f64;
        let middle = |figure: fn(&Measured) -> f64| median(runs.iter().map(figure).collect());
        let tables = written.tables.iter().map(|(name, rows)| (name.clone(), rows * scale));
        Some(Self {
            runs: runs.len(),
            cpu_seconds: middle(|run| run.cpu_seconds)? * factor,
            wall_seconds: middle(|run| run.wall_seconds)? * factor,
            peak_bytes: middle(|run| run.peak_bytes as f64)?,
            written: Written { bytes: written.bytes * scale, tables: tables.collect() },
        })
    }
}

/// The middle one, or the mean of the two in the middle; `None` of none.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        1 => values.get(middle).copied(),
        _ => Some((values.get(middle.checked_sub(1)?)? + values.get(middle)?) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two_middle_ones() {
        for (values, expected) in [
            (vec![], None),
            (vec![3.0], Some(3.0)),
            (vec![9.0, 1.0], Some(5.0)),
            (vec![9.0, 1.0, 2.0], Some(2.0)),
        ] {
            assert_eq!(median(values.clone()), expected, "{values:?}");
        }
    }

    #[test]
    fn a_tenth_is_scaled_up_but_for_its_memory() {
        let run = r#"{"exit_code":0,"cpu_seconds":1.5,"wall_seconds":2,"peak_bytes":100,"stopped":false,"stderr":""}"#;
        let run: Measured = serde_json::from_str(run).unwrap();
        let written: Written =
            serde_json::from_str(r#"{"bytes":7,"tables":{"turns":4,"messages":5}}"#).unwrap();
        let medians = Medians::of(&[run.clone(), run], &written, 10).unwrap();
        assert_eq!((medians.cpu_seconds, medians.wall_seconds, medians.peak_bytes), (15.0, 20.0, 100.0));
        assert_eq!((medians.written.bytes, medians.written.rows(), medians.runs), (70, 90, 2));
        assert_eq!(Medians::of(&[], &written, 1), None);
    }
}
