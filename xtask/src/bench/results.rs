//! What all contestants took in one workload.

use super::contestant::Contestant;
use super::measured::{Measured, Medians, Written};
use super::workload::Workload;

/// One workload's runs so far.
pub(super) struct Results {
    pub(super) workload: Workload,
    /// Uncompressed, of the whole, rounded to what was asked for.
    pub(super) pages_bytes: u64,
    contestants: Vec<(Contestant, Runs)>,
}

#[derive(Default)]
struct Runs {
    measured: Vec<Measured>,
    written: Written,
    failure: Option<String>,
}

/// How it went for one.
pub(super) enum Outcome {
    Done(Medians),
    /// Why, and the end of its stderr.
    Failed(String),
}

impl Results {
    pub(super) fn new(workload: Workload, pages_bytes: u64) -> Self {
        Self { workload, pages_bytes, contestants: Vec::new() }
    }

    /// Adds a run; the first failure is the one that stays.
    pub(super) fn add(&mut self, contestant: Contestant, run: Result<(Measured, Written), String>) {
        let index = self.contestants.iter().position(|(known, _)| *known == contestant);
        let index = index.unwrap_or_else(|| {
            self.contestants.push((contestant, Runs::default()));
            self.contestants.len() - 1
        });
        let runs = &mut self.contestants[index].1;
        match run {
            Ok((measured, written)) => {
                runs.measured.push(measured);
                runs.written = written;
            }
            Err(failure) => {
                runs.failure.get_or_insert(failure);
            }
        }
    }

    pub(super) fn has_failed(&self, contestant: Contestant) -> bool {
        self.contestants.iter().any(|(known, runs)| *known == contestant && runs.failure.is_some())
    }

    /// In the order in which they first ran.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = (Contestant, Outcome)> {
        self.contestants.iter().filter_map(|(contestant, runs)| {
            let outcome = match &runs.failure {
                Some(failure) => Outcome::Failed(failure.clone()),
                None => Outcome::Done(Medians::of(&runs.measured, &runs.written, contestant.scale())?),
            };
            Some((*contestant, outcome))
        })
    }

    /// Where it came through.
    pub(super) fn medians(&self, wanted: Contestant) -> Option<Medians> {
        self.outcomes().find_map(|(contestant, outcome)| match outcome {
            Outcome::Done(medians) if contestant == wanted => Some(medians),
            _ => None,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A run of so many CPU seconds and MiB, which wrote so many messages.
    pub(in crate::bench) fn run(cpu_seconds: f64, peak_mib: u64, rows: u64) -> (Measured, Written) {
        let measured = Measured {
            exit_code: 0,
            cpu_seconds,
            wall_seconds: cpu_seconds,
            peak_bytes: peak_mib << 20,
            stopped: false,
            stderr: String::new(),
        };
        (measured, Written { bytes: 2_000_000, tables: [("messages".to_owned(), rows)].into() })
    }

    #[test]
    fn one_failure_is_enough_to_have_failed() {
        let mut results = Results::new(Workload::Messages, 1);
        results.add(Contestant::Polars, Ok(run(2.0, 10, 5)));
        results.add(Contestant::Convolake, Ok(run(1.0, 10, 5)));
        results.add(Contestant::Polars, Err("out of memory".to_owned()));
        results.add(Contestant::Polars, Err("something else".to_owned()));
        assert!(results.has_failed(Contestant::Polars) && !results.has_failed(Contestant::Convolake));
        assert!(results.medians(Contestant::Polars).is_none());
        assert_eq!(results.medians(Contestant::Convolake).unwrap().cpu_seconds, 1.0);
        let failures = results.outcomes().filter_map(|(contestant, outcome)| match outcome {
            Outcome::Failed(failure) => Some((contestant, failure)),
            Outcome::Done(_) => None,
        });
        assert_eq!(failures.collect::<Vec<_>>(), [(Contestant::Polars, "out of memory".to_owned())]);
    }
}
