//! The log of a table in a lake: read, and gone on with.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};

use crate::delta::actions::{self, Action, Protocol};
use crate::delta::checkpoint::{self, Checkpoint, INTERVAL};
use crate::delta::state::{ForeignChange, TableState};
use crate::storage::{Created, Expected, LakeStorage};
use crate::{LoadError, paths};

/// Versions read at once.
const READS_AT_ONCE: usize = 8;

/// The log of a table.
#[derive(Debug)]
pub(crate) struct Log<'a> {
    pub(crate) lake: &'a LakeStorage,
    pub(crate) table: &'a str,
}

/// What became of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Ours,
    /// Somebody else has written a version of this number.
    Taken,
}

/// The numbers of what lies in a log's folder.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// In order.
    pub(super) versions: Vec<u64>,
    /// In order.
    pub(super) checkpoints: Vec<u64>,
}

impl Log<'_> {
    /// The table as it is; `None` where it has no version yet.
    pub(crate) async fn read(&self) -> Result<Option<TableState>, LoadError> {
        let listing = self.list().await?;
        let Some(newest) = listing.versions.iter().chain(&listing.checkpoints).max().copied() else {
            return Ok(None);
        };
        let mut state = TableState::default();
        let since = listing.checkpoints.last().copied();
        if let Some(version) = since {
            let bytes = self.get(&paths::delta_checkpoint(self.table, version)).await?;
            let actions = checkpoint::read(bytes).map_err(|error| {
                self.unreadable(format!("the checkpoint of version {version} does not read ({error})"))
            })?;
            actions.into_iter().for_each(|action| state.take(action));
            state.version = version;
        }
        // Whoever has changed a table behind our back has done so in the newest versions, since nothing of ours follows a foreign one:
        // so that of the checkpoint is looked at too.
        let first = since
            .map_or(0, |version| if listing.versions.contains(&version) { version } else { version + 1 });
        let read =
            |version: u64| async move { Ok::<_, LoadError>((version, self.read_version(version).await?)) };
        let mut versions = stream::iter((first..=newest).map(read)).buffered(READS_AT_ONCE);
        while let Some((version, actions)) = versions.try_next().await? {
            match Some(version) == since {
                true => state.judge(version, &actions),
                false => state.apply(version, actions),
            }
        }
        if first > newest {
            // Nothing says who has written it.
            let operation = "of which the log keeps only a checkpoint".to_owned();
            state.foreign = Some(ForeignChange { version: newest, operation });
        }
        match &state.protocol {
            Some(protocol) if *protocol != Protocol::OURS && state.foreign.is_none() => {
                Err(self.unreadable(format!(
                    "it asks for reader version {} and writer version {}",
                    protocol.min_reader_version, protocol.min_writer_version
                )))
            }
            _ => Ok(Some(state)),
        }
    }

    /// Fails where somebody else has changed the table.
    pub(crate) fn refuse_foreign(&self, state: &TableState) -> Result<(), LoadError> {
        let Some(ForeignChange { version, operation }) = &state.foreign else { return Ok(()) };
        let operation = if operation.is_empty() { String::new() } else { format!(" ({operation})") };
        Err(LoadError::DeltaForeign { table: self.table.to_owned(), version: *version, operation })
    }

    /// Creates a version.
    pub(crate) async fn create(&self, version: u64, actions: &[Action]) -> Result<Written, LoadError> {
        let object = paths::delta_version(self.table, version);
        let bytes = actions::write(actions).map_err(|error| LoadError::damaged(&object, error))?;
        Ok(match self.lake.create(&object, Bytes::from(bytes)).await? {
            Created::Ours => Written::Ours,
            Created::Taken => Written::Taken,
        })
    }

    /// Writes a checkpoint where one is due. What goes wrong is told and is no error: the versions say the same.
    pub(crate) async fn checkpoint_when_due(&self, state: &TableState, now_ms: i64) {
        if state.version.is_multiple_of(INTERVAL)
            && state.version > 0
            && let Err(error) = self.write_checkpoint(state, now_ms).await
        {
            tracing::warn!(%error, table = self.table, "a checkpoint of the Delta table is left out");
        }
    }

    /// Writes a checkpoint of the newest version.
    pub(crate) async fn write_checkpoint(&self, state: &TableState, now_ms: i64) -> Result<(), LoadError> {
        let Checkpoint { parquet, pointer } = checkpoint::write(state, now_ms)
            .map_err(|error| self.unreadable(format!("a checkpoint cannot be written ({error})")))?;
        self.lake.step("write a checkpoint of the Delta log")?;
        // Where another pipeline has written one of this version, it says the same.
        self.lake.create(&paths::delta_checkpoint(self.table, state.version), parquet).await?;
        let object = paths::delta_last_checkpoint(self.table);
        self.lake.step("point to the checkpoint")?;
        let settled = self.lake.replace(&object, pointer, &Expected::Anything).await?;
        tracing::debug!(table = self.table, version = state.version, ?settled, "wrote a checkpoint");
        Ok(())
    }

    /// The version of the checkpoint that readers are pointed to; `None` where they are to none that is there.
    pub(crate) async fn pointed(&self) -> Result<Option<u64>, LoadError> {
        let Some(bytes) = self.lake.get(&paths::delta_last_checkpoint(self.table)).await? else {
            return Ok(None);
        };
        let pointer: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
        let version = pointer.and_then(|pointer| pointer.get("version")?.as_u64());
        Ok(match version {
            Some(version)
                if self.lake.find(&paths::delta_checkpoint(self.table, version)).await?.is_some() =>
            {
                Some(version)
            }
            _ => None,
        })
    }

    pub(crate) fn unreadable(&self, reason: String) -> LoadError {
        LoadError::DeltaLog { table: self.table.to_owned(), reason }
    }

    async fn read_version(&self, version: u64) -> Result<Vec<Action>, LoadError> {
        let bytes = self.get(&paths::delta_version(self.table, version)).await?;
        actions::read(&bytes)
            .map_err(|error| self.unreadable(format!("version {version} does not read ({error})")))
    }

    async fn get(&self, object: &str) -> Result<Bytes, LoadError> {
        let gone = || self.unreadable(format!("{object} is not there"));
        self.lake.get(object).await?.ok_or_else(gone)
    }

    pub(super) async fn list(&self) -> Result<Listing, LoadError> {
        let mut listing = Listing::default();
        for listed in self.lake.list(&paths::delta_log(self.table)).await? {
            let name = listed.name.rsplit('/').next().unwrap_or_default();
            if let Some(version) = number(name, ".json") {
                listing.versions.push(version);
            } else if let Some(version) = number(name, ".checkpoint.parquet") {
                listing.checkpoints.push(version);
            }
        }
        Ok(listing)
    }
}

/// The version in the name of an object of a log.
pub(crate) fn number(name: &str, ending: &str) -> Option<u64> {
    let digits = name.strip_suffix(ending)?;
    (digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}
