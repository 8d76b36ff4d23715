//! The trees that a load writes, and the names that successors have in them.

use convolake_model::Tree;

use crate::LoadError;
use crate::load::write::Staged;
use crate::publish::Afterwards;
use crate::storage::{LakeStorage, durable};
use crate::table::place::Place;

/// The trees that a pipeline's tables are published as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trees {
    /// Plain files. Successors are staged in the staging folder, and removed from there.
    #[default]
    Plain,
    /// Plain files and Delta tables of them. In a bucket successors are staged where the Delta tree has them, to stay: there an upload is
    /// what a second copy costs. On disk they are linked once they are published.
    PlainAndDelta,
    /// Delta tables, whose files lie nowhere else. Successors are staged under their names there, and the commit alone makes them the table's.
    Delta,
}

impl Trees {
    /// Of what a pipeline asks for.
    pub fn of(publish: &[Tree]) -> Self {
        match (publish.contains(&Tree::Plain), publish.contains(&Tree::Delta)) {
            (_, false) => Self::Plain,
            (true, true) => Self::PlainAndDelta,
            (false, true) => Self::Delta,
        }
    }

    /// The tree that commits name files in.
    pub fn files_in(self) -> Tree {
        match self {
            Self::Plain | Self::PlainAndDelta => Tree::Plain,
            Self::Delta => Tree::Delta,
        }
    }
}

/// Gives successors the names that these trees have for them, for the commit of this number, before any of them is sent.
pub(super) fn name(
    lake: &LakeStorage,
    pipeline: &str,
    seq: u64,
    trees: Trees,
    staged: &mut Vec<Staged>,
) -> Result<(), LoadError> {
    if trees == Trees::Plain || trees == Trees::PlainAndDelta && !lake.replaces_by_version() {
        return Ok(());
    }
    if trees == Trees::Delta {
        // What the commit does not name is of the table no more, and stays for readers of earlier versions.
        staged.retain(|staged| staged.file.afterwards == Afterwards::Stays);
    }
    let stay = staged.iter_mut().filter(|staged| staged.file.afterwards == Afterwards::Stays);
    for Staged { table, file, entry } in stay {
        let place = Place::Delta { seq };
        let name = place.name(table, pipeline, entry.partition, &entry.sha256);
        let Some(content) = file.adding.as_mut().or(file.taking.as_mut()) else { continue };
        let (from, to) = (lake.path(&content.name), lake.path(&name));
        if let Some(folder) = to.parent() {
            durable::create_folder(folder)?;
        }
        durable::rename(&from, &to)?;
        content.name.clone_from(&name);
        if trees == Trees::Delta {
            entry.place = place;
            // Rows move by the commit, in one step: none is to be taken away before.
            (file.adding, file.taking) = (file.adding.take().or(file.taking.take()), None);
            (file.target, file.replaces) = (name, None);
        }
    }
    Ok(())
}
