//! What a log says of its table, version by version. No I/O.

use std::collections::BTreeMap;

use crate::delta::actions::{Action, Add, CommitInfo, ENGINE, MetaData, Protocol, REBUILD, Remove};

/// A table as its log has it after some version.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TableState {
    /// The newest version.
    pub(crate) version: u64,
    pub(crate) protocol: Option<Protocol>,
    pub(crate) metadata: Option<MetaData>,
    /// The table's files, by path.
    pub(crate) files: BTreeMap<String, Add>,
    /// Files of earlier versions, by path, as far as the log still tells of them.
    pub(crate) removed: BTreeMap<String, Remove>,
    /// The number of the newest commit of each application, and when it was written.
    pub(crate) commits: BTreeMap<String, (u64, Option<i64>)>,
    /// The first change since ours that is none of ours.
    pub(crate) foreign: Option<ForeignChange>,
}

/// A version of somebody else that changes the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForeignChange {
    pub(crate) version: u64,
    /// What it calls itself.
    pub(crate) operation: String,
}

impl TableState {
    /// Goes on to a version.
    pub(crate) fn apply(&mut self, version: u64, actions: Vec<Action>) {
        self.judge(version, &actions);
        self.version = version;
        actions.into_iter().for_each(|action| self.take(action));
    }

    /// Looks whether a version is foreign.
    pub(crate) fn judge(&mut self, version: u64, actions: &[Action]) {
        let info = actions.iter().find_map(|action| match action {
            Action::CommitInfo(info) => Some(info),
            _ => None,
        });
        if let Some(CommitInfo { operation, .. }) = info.filter(|info| info.engine_info == ENGINE) {
            if operation == REBUILD {
                self.foreign = None;
            }
        } else if actions.iter().any(Action::changes_table) {
            let operation = info.map(|info| info.operation.clone()).unwrap_or_default();
            self.foreign.get_or_insert(ForeignChange { version, operation });
        }
    }

    /// Takes one action.
    pub(crate) fn take(&mut self, action: Action) {
        match action {
            Action::Protocol(protocol) => self.protocol = Some(protocol),
            Action::MetaData(metadata) => self.metadata = Some(metadata),
            Action::Txn(txn) => {
                self.commits.insert(txn.app_id, (txn.version, txn.last_updated));
            }
            Action::Add(add) => {
                self.removed.remove(&add.path);
                self.files.insert(add.path.clone(), add);
            }
            Action::Remove(remove) => {
                self.files.remove(&remove.path);
                self.removed.insert(remove.path.clone(), remove);
            }
            Action::CommitInfo(_) | Action::Other => {}
        }
    }
}
