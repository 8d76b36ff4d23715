//! The results for a program: `figure NAME VALUE`, a line each.

use super::contestant::Contestant;
use super::measured::Medians;
use super::results::{Outcome, Results};
use super::table::significant;

/// All figures of a workload, named `flatten_<workload>_...`: those of convolake by what they are, those of a peer with
/// its name behind, and ratios as peer over convolake.
pub(super) fn figures(results: &Results) -> Vec<(String, String)> {
    let mut figures = Vec::new();
    let mut add = |name: &str, value: f64| {
        figures.push((format!("flatten_{}_{name}", results.workload.name()), significant(value)));
    };
    let ours = results.medians(Contestant::Convolake);
    for (contestant, outcome) in results.outcomes() {
        let Outcome::Done(medians) = outcome else {
            continue;
        };
        let name = contestant.name();
        match contestant {
            Contestant::Convolake => {
                add("cpu_seconds", medians.cpu_seconds);
                add("wall_seconds", medians.wall_seconds);
                add("peak_mib", mib(&medians));
                add("output_mb", medians.written.bytes as f64 / 1e6);
                add("rows", medians.written.rows() as f64);
                per_row(&mut add, contestant, &medians, results.pages_bytes);
            }
            Contestant::ConvolakeHalf | Contestant::ConvolakeLarge => {
                per_row(&mut add, contestant, &medians, results.pages_bytes);
            }
            Contestant::ConvolakeOneCore => {
                add("one_core_wall_seconds", medians.wall_seconds);
                if let Some(ours) = &ours {
                    add("cores_speedup", medians.wall_seconds / ours.wall_seconds);
                }
            }
            Contestant::Floor => {
                add("floor_cpu_seconds", medians.cpu_seconds);
                if let Some(ours) = &ours {
                    add("cpu_over_floor", ours.cpu_seconds / medians.cpu_seconds);
                }
            }
            Contestant::Duckdb1 | Contestant::Duckdb2 | Contestant::Polars | Contestant::Dlt => {
                add(&format!("cpu_seconds_{name}"), medians.cpu_seconds);
                add(&format!("wall_seconds_{name}"), medians.wall_seconds);
                add(&format!("peak_mib_{name}"), mib(&medians));
                add(&format!("output_mb_{name}"), medians.written.bytes as f64 / 1e6);
                if let Some(ours) = &ours {
                    add(&format!("cpu_ratio_{name}"), medians.cpu_seconds / ours.cpu_seconds);
                    add(&format!("wall_ratio_{name}"), medians.wall_seconds / ours.wall_seconds);
                    add(&format!("peak_ratio_{name}"), medians.peak_bytes / ours.peak_bytes);
                }
            }
        }
    }
    figures
}

/// CPU time of a row and peak memory, by the size of the pages.
fn per_row(add: &mut impl FnMut(&str, f64), contestant: Contestant, medians: &Medians, whole_bytes: u64) {
    let megabytes = (contestant.portion().of(whole_bytes) + 500_000) / 1_000_000;
    if medians.written.rows() > 0 {
        let us = medians.cpu_seconds * 1e6 / medians.written.rows() as f64;
        add(&format!("us_per_row_{megabytes}mb"), us);
    }
    add(&format!("peak_mib_{megabytes}mb"), mib(medians));
}

fn mib(medians: &Medians) -> f64 {
    medians.peak_bytes / f64::from(1 << 20)
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::run;
    use super::super::workload::Workload;
    use super::*;

    #[test]
    fn figures_are_named_for_workload_and_peer() {
        let mut results = Results::new(Workload::Export, 200_001_000);
        results.add(Contestant::Convolake, Ok(run(1.5, 100, 1_000_000)));
        results.add(Contestant::ConvolakeOneCore, Ok(run(2.7, 100, 1_000_000)));
        results.add(Contestant::ConvolakeHalf, Ok(run(0.8, 90, 500_000)));
        results.add(Contestant::Floor, Ok(run(1.0, 10, 0)));
        results.add(Contestant::Duckdb1, Ok(run(9.0, 700, 1_000_000)));
        results.add(Contestant::Polars, Err("no".to_owned()));
        let figures = figures(&results);
        for (name, expected) in [
            ("flatten_export_cpu_seconds", Some("1.50")),
            ("flatten_export_peak_mib", Some("100")),
            ("flatten_export_us_per_row_200mb", Some("1.50")),
            ("flatten_export_us_per_row_100mb", Some("1.60")),
            ("flatten_export_peak_mib_100mb", Some("90.0")),
            ("flatten_export_cores_speedup", Some("1.80")),
            ("flatten_export_cpu_over_floor", Some("1.50")),
            ("flatten_export_cpu_ratio_duckdb1", Some("6.00")),
            ("flatten_export_peak_ratio_duckdb1", Some("7.00")),
            ("flatten_export_cpu_ratio_polars", None),
        ] {
            let value = figures.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
            assert_eq!(value, expected, "{name}");
        }
    }
}
