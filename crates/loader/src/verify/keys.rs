//! Keys and what refers to them, over all files of all tables: first by sorted hashes, which spill; then, where two hashes
//! meet or miss each other, by the rows themselves.

use std::collections::BTreeMap;

use crate::LoadError;
use crate::rows::cells::{Cells, hash_of};
use crate::rows::hashes::{Hashes, NotedHashes};
use crate::rows::words::in_words;
use crate::storage::LakeStorage;
use crate::table::file::{TableFileReader, in_file_order};
use crate::table::layout::TableLayout;
use crate::verify::finding::{Finding, FindingKind, Findings, Remedy};
use crate::verify::lake_files;

/// So many suspicious rows are looked at one by one; the others are only counted.
const MAX_LOOKED_AT: usize = 1000;

/// Hashes that are suspicious: the first of them, and how many there are.
#[derive(Debug, Default)]
pub(crate) struct Suspects {
    first: Hashes,
    pub(crate) count: u64,
}

impl Suspects {
    fn add(&mut self, hash: u64) {
        self.count += 1;
        if self.first.len() < MAX_LOOKED_AT {
            self.first.insert(hash);
        }
    }

    /// Hashes that were noted more than once.
    pub(crate) fn repeated(noted: &mut NotedHashes) -> Result<Self, LoadError> {
        let mut suspects = Self::default();
        let mut last = (None, false);
        for hash in noted.sorted()? {
            let hash = hash?;
            let is_again = last.0 == Some(hash);
            // Counted once, however often it comes.
            if is_again && !last.1 {
                suspects.add(hash);
            }
            last = (Some(hash), is_again);
        }
        Ok(suspects)
    }

    /// Hashes of children that are none of the parents'; each counts for its own.
    pub(crate) fn without_parent(
        children: &mut NotedHashes,
        parents: &mut NotedHashes,
    ) -> Result<Self, LoadError> {
        let mut suspects = Self::default();
        let mut parents = parents.sorted()?;
        let mut parent = parents.next().transpose()?;
        for child in children.sorted()? {
            let child = child?;
            while parent.is_some_and(|parent| parent < child) {
                parent = parents.next().transpose()?;
            }
            if parent != Some(child) {
                suspects.add(child);
            }
        }
        Ok(suspects)
    }
}

/// Finds the keys behind hashes that came more than once.
pub(crate) fn doubled(
    lake: &LakeStorage,
    layout: &TableLayout,
    files: &[String],
    suspects: &Suspects,
    findings: &mut Findings,
) -> Result<(), LoadError> {
    let mut places: BTreeMap<String, (u64, Vec<String>)> = BTreeMap::new();
    look(lake, layout, files, &layout.key, suspects, |key, file| {
        let (times, files) = places.entry(key).or_default();
        *times += 1;
        if files.last().is_none_or(|last| last != file) && files.len() < 4 {
            files.push(file.to_owned());
        }
        true
    })?;
    let mut left = suspects.count;
    for (key, (times, files)) in places.into_iter().filter(|(_, (times, _))| *times > 1) {
        let detail = format!("{key} is there {times} times, in {}", files.join(" and "));
        findings.add(FindingKind::KeyDoubled, files[0].clone(), detail, Remedy::Replay);
        left = left.saturating_sub(1);
    }
    if left > 0 && suspects.count > MAX_LOOKED_AT as u64 {
        let detail = format!("and {left} more keys of {}", layout.name);
        let place = layout.name.clone();
        let finding = Finding { kind: FindingKind::KeyDoubled, place, detail, remedy: Remedy::Replay };
        findings.push_times(finding, left);
    }
    Ok(())
}

/// Finds the rows behind hashes of no parent.
pub(crate) fn orphans(
    lake: &LakeStorage,
    layout: &TableLayout,
    files: &[String],
    (parent, columns): (&str, &[usize]),
    suspects: &Suspects,
    findings: &mut Findings,
) -> Result<(), LoadError> {
    let mut left = suspects.count;
    look(lake, layout, files, columns, suspects, |reference, file| {
        let detail = format!("a row refers to {reference}, which is not in {parent}");
        findings.add(FindingKind::ParentMissing, file, detail, Remedy::Replay);
        left = left.saturating_sub(1);
        left > 0 && suspects.count - left < Findings::MAX_OF_A_KIND
    })?;
    if left > 0 {
        let detail = format!("and {left} more rows of {} without their {parent}", layout.name);
        let place = layout.name.clone();
        let finding = Finding { kind: FindingKind::ParentMissing, place, detail, remedy: Remedy::Replay };
        findings.push_times(finding, left);
    }
    Ok(())
}

/// Hands over the cells of suspicious rows in words, with their file, until told to stop.
fn look(
    lake: &LakeStorage,
    layout: &TableLayout,
    files: &[String],
    columns: &[usize],
    suspects: &Suspects,
    mut found: impl FnMut(String, &str) -> bool,
) -> Result<(), LoadError> {
    if suspects.count == 0 {
        return Ok(());
    }
    let (in_order, places) = in_file_order(columns);
    for file in files {
        let reader = TableFileReader::open_of_table(&lake_files::file(lake, file)?, layout)?;
        for batch in reader.read(Some(&in_order), None, None)? {
            let batch = batch?;
            let Some(cells) = Cells::columns(&batch, &places) else { continue };
            for row in 0..batch.num_rows() {
                let is_null = cells.iter().any(|column| column.is_null(row));
                if !is_null && suspects.first.contains(&hash_of(&cells, row, 0)) {
                    let names = columns.iter().map(|column| layout.schema.field(*column).name().as_str());
                    if !found(in_words(names, &cells, row), file) {
                        return Ok(());
                    }
                }
            }
        }
    }
    Ok(())
}
