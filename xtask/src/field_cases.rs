//! The cases of `docs/field.md`, counted: a case is right where every test that its row names has passed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::project::Project;

/// The names of tests that passed, of all calls of the test runner.
///
/// Each call writes its results over those of the call before, so they are read after each one. nextest writes them
/// (`[profile.default.junit]`); where another runner ran the tests there is nothing to count.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    tests: BTreeSet<String>,
    calls: usize,
    calls_with_results: usize,
}

impl Passed {
    /// Runs `call`, one call of the test runner, and notes which tests passed in it.
    ///
    /// # Errors
    ///
    /// What `call` returns, or that its results are not to be read.
    pub(crate) fn note(
        &mut self,
        project: &Project,
        call: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        let results = results(project);
        // Results of an earlier call are not of this one. Absent is as good.
        std::fs::remove_file(&results).ok();
        let outcome = call();
        self.calls += 1;
        if let Ok(results) = std::fs::read_to_string(&results) {
            self.calls_with_results += 1;
            self.tests.extend(passed(&results)?);
        }
        outcome
    }

    /// Prints `field_cases_right RIGHT/ALL`, and fails where they differ.
    pub(crate) fn count(&self, project: &Project) -> Result<(), String> {
        if self.calls_with_results < self.calls {
            eprintln!("field_cases_right is not counted: the test runner wrote no results");
            return Ok(());
        }
        let cases = cases(&read(&project.root.join("docs/field.md"))?);
        let wrong: Vec<&str> =
            cases.iter().filter(|case| !case.is_right(&self.tests)).map(|case| case.title.as_str()).collect();
        println!("field_cases_right {}/{}", cases.len() - wrong.len(), cases.len());
        match wrong.is_empty() {
            true => Ok(()),
            false => {
                Err(format!("cases of docs/field.md whose tests did not all pass: {}", wrong.join("; ")))
            }
        }
    }
}

/// A row of the tables in `docs/field.md`: what it is about, and the tests that show it.
struct Case {
    title: String,
    tests: Vec<String>,
}

impl Case {
    fn is_right(&self, passed: &BTreeSet<String>) -> bool {
        !self.tests.is_empty() && self.tests.iter().all(|test| passed.contains(test))
    }
}

/// Rows of four cells, head and rule of each table left out; the last cell holds names of tests in backticks.
fn cases(document: &str) -> Vec<Case> {
    let rows = document.lines().filter_map(|line| line.trim().strip_prefix('|')?.strip_suffix('|'));
    let cells = rows.map(|row| row.split(" | ").map(str::trim).collect::<Vec<_>>());
    let rows = cells.filter(|cells| cells.len() == 4 && cells[3] != "test" && !cells[3].starts_with("---"));
    rows.map(|cells| Case {
        title: cells[0].to_owned(),
        tests: cells[3].split('`').skip(1).step_by(2).map(str::to_owned).collect(),
    })
    .collect()
}

/// The names of the tests that passed, out of JUnit's XML.
fn passed(results: &str) -> Result<BTreeSet<String>, String> {
    let mut reader = Reader::from_str(results);
    let mut passed = BTreeSet::new();
    let mut running = None;
    loop {
        match reader.read_event().map_err(|error| format!("the test runner's results are no XML: {error}"))? {
            Event::Empty(tag) if tag.name().as_ref() == b"testcase" => passed.extend(name(&tag)),
            Event::Start(tag) if tag.name().as_ref() == b"testcase" => running = name(&tag),
            Event::Start(tag) | Event::Empty(tag) if matches!(tag.name().as_ref(), b"failure" | b"error") => {
                running = None;
            }
            Event::End(tag) if tag.name().as_ref() == b"testcase" => passed.extend(running.take()),
            Event::Eof => return Ok(passed),
            _ => {}
        }
    }
}

fn name(tag: &BytesStart<'_>) -> Option<String> {
    let name = tag.try_get_attribute("name").ok()??;
    Some(String::from_utf8_lossy(&name.value).into_owned())
}

/// Where nextest writes what passed: its store is in the project, wherever cargo builds.
fn results(project: &Project) -> PathBuf {
    project.root.join("target/nextest/default/junit.xml")
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "\
# Field

| situation | reports | convolake | test |
| --- | --- | --- | --- |
| a cursor dies | x#1, y#2 | begins anew | `walk::a`, `walk::b` |
| nothing shows it | x#3 | - | - |

| other table | of two |
| --- | --- |
";

    const RESULTS: &str = r#"<?xml version="1.0"?><testsuites><testsuite name="s">
<testcase name="walk::a" classname="s" time="0.1"></testcase>
<testcase name="walk::b" classname="s"><failure type="test failure">no</failure></testcase>
<testcase name="walk::c" classname="s"/>
</testsuite></testsuites>"#;

    #[test]
    fn a_case_is_a_row_of_four_cells_with_its_tests() {
        let cases = cases(DOCUMENT);
        let titles: Vec<_> = cases.iter().map(|case| case.title.as_str()).collect();
        assert_eq!(titles, ["a cursor dies", "nothing shows it"]);
        assert_eq!(cases[0].tests, ["walk::a", "walk::b"]);
    }

    #[test]
    fn a_failed_test_has_not_passed() {
        let passed = passed(RESULTS).unwrap();
        assert_eq!(passed.iter().collect::<Vec<_>>(), ["walk::a", "walk::c"]);
    }

    #[test]
    fn a_case_without_a_test_is_not_right() {
        let cases = cases(DOCUMENT);
        let passed = ["walk::a", "walk::b"].map(str::to_owned).into();
        assert!(cases[0].is_right(&passed));
        assert!(!cases[1].is_right(&passed));
        assert!(!cases[0].is_right(&["walk::a".to_owned()].into()));
    }
}
