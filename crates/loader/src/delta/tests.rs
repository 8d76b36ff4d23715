//! What tests of other rooms read of a log.

use crate::delta::actions::{self, Action};
use crate::delta::log::{Log, number};
use crate::delta::state::TableState;
use crate::paths;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::table::delta_file::DeltaFile;
use crate::table::file::TableFile;

/// The files of a table in a version, as a reader opens them; of the newest where none is given, which may begin at a checkpoint.
pub(crate) fn files_at(lake: &LakeStorage, table: &str, version: Option<u64>) -> Vec<TableFile> {
    let state = match version {
        None => block_on(Log { lake, table }.read()).unwrap().unwrap_or_default(),
        Some(version) => {
            let mut state = TableState::default();
            for version in 0..=version {
                let bytes = block_on(lake.get(&paths::delta_version(table, version))).unwrap().unwrap();
                state.apply(version, actions::read(&bytes).unwrap());
            }
            state
        }
    };
    let open = |path: &String| {
        let name = format!("{}/{path}", paths::delta_table(table));
        let listed = block_on(lake.list(name.rsplit_once('/').unwrap().0)).unwrap();
        let listed =
            listed.into_iter().find(|listed| listed.name == name).unwrap_or_else(|| panic!("{name}"));
        TableFile::listed(DeltaFile::parse(path).unwrap().0.partition, block_on(lake.file(listed)).unwrap())
    };
    state.files.keys().map(open).collect()
}

/// The table as it is.
pub(crate) async fn state(lake: &LakeStorage, table: &str) -> TableState {
    Log { lake, table }.read().await.unwrap().unwrap()
}

/// The numbers of our commits in the versions of a table, one after the other.
pub(crate) fn versions(lake: &LakeStorage, table: &str) -> Vec<u64> {
    let mut commits = Vec::new();
    for listed in block_on(lake.list(&paths::delta_log(table))).unwrap() {
        if number(listed.name.rsplit('/').next().unwrap(), ".json").is_none() {
            continue;
        }
        let bytes = block_on(lake.get(&listed.name)).unwrap().unwrap();
        commits.extend(actions::read(&bytes).unwrap().into_iter().filter_map(|action| match action {
            Action::Txn(txn) => Some(txn.version),
            _ => None,
        }));
    }
    commits
}
