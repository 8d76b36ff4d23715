//! What is no fault of a lake, and worth knowing. Pure.

use std::collections::BTreeMap;

use convolake_loader::{VerifiedTable, VerifyTable};

/// Notes for people, each once, in the order they were made.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<String>);

impl Notes {
    pub(crate) fn add(&mut self, note: String) {
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    pub(crate) fn into_vec(self) -> Vec<String> {
        self.0
    }
}

/// Notes on the tables of a pipeline: `tables` as it has them, `verified` as the lake does, and those of the lake that it
/// no longer feeds.
pub(crate) fn table_notes<'a>(
    pipeline: &str,
    tables: &[VerifyTable],
    verified: &BTreeMap<String, VerifiedTable>,
    left_out: impl Iterator<Item = &'a str>,
    notes: &mut Notes,
) {
    for table in left_out {
        notes.add(format!(
            "the table {table} is in the lake, and the pipeline {pipeline} no longer feeds it: its rows were not looked at"
        ));
    }
    for (name, table) in verified {
        if table.rows_of_files > 0 {
            notes.add(format!(
                "{} rows of {name} come from flattened files: no landed page answers for them, and a replay keeps them as they are",
                table.rows_of_files
            ));
        }
        let is_certain = |parent: &str| {
            tables.iter().any(|table| table.table.name == *name && table.certain_parents.contains(parent))
        };
        for (parent, rows) in table.rows_without_parent.iter().filter(|(parent, _)| !is_certain(parent)) {
            notes.add(format!(
                "{rows} rows of {name} refer to {parent} that the source has not given; the two come from different streams"
            ));
        }
    }
}

/// A note on intents that the store did not let go of.
pub(crate) fn void_notes(pipeline: &str, intents: u64, notes: &mut Notes) {
    if intents > 0 {
        notes.add(format!(
            "{intents} intents of finished runs are still there, which harms nobody: the store did not let them be removed; the next run of \
             {pipeline} tries again (it needs s3:DeleteObject below _convolake/)"
        ));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Project;

    #[test]
    fn notes_are_of_rows_that_are_no_fault() {
        let project = Project::load("agentx", &[]).unwrap();
        let table = |certain: &[&str]| VerifyTable {
            table: project.tables["messages"].clone(),
            certain_parents: certain.iter().map(|parent| (*parent).to_owned()).collect::<BTreeSet<_>>(),
        };
        let verified = |rows_of_files, rows_without_parent| VerifiedTable {
            rows_of_files,
            rows_without_parent: BTreeMap::from([("conversations".to_owned(), rows_without_parent)]),
            ..VerifiedTable::default()
        };
        for (certain, found, left_out, expected) in [
            (&["conversations"][..], verified(0, 3), &[][..], &[][..]),
            (&[], verified(0, 3), &[], &["3 rows of messages refer to conversations"]),
            (&["conversations"], verified(7, 0), &[], &["7 rows of messages come from flattened files"]),
            (&["conversations"], verified(0, 3), &["old"], &["the table old is in the lake"]),
        ] {
            let mut notes = Notes::default();
            let verified = BTreeMap::from([("messages".to_owned(), found)]);
            table_notes("agentx", &[table(certain)], &verified, left_out.iter().copied(), &mut notes);
            let notes = notes.into_vec();
            assert_eq!(notes.len(), expected.len(), "{notes:?}");
            assert!(notes.iter().zip(expected).all(|(note, begins)| note.starts_with(begins)), "{notes:?}");
        }
    }

    #[test]
    fn a_note_is_made_once() {
        let mut notes = Notes::default();
        ["a", "b", "a"].into_iter().for_each(|note| notes.add(note.to_owned()));
        assert_eq!(notes.into_vec(), ["a", "b"]);
    }
}
