use serde::Deserialize;
use serde::Serialize;

use crate::load::write::Staged;
use crate::publish::commit::{Commit, FORMAT_VERSION};

/// What is about to happen, made durable before it does: whoever finds it brings it to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) version: u32,
    pub(crate) seq: u64,
    /// In this order.
    pub(crate) renames: Vec<Rename>,
    /// The commit that ends it.
    pub(crate) commit: Commit,
}

/// A staged file and the table file it becomes, by their names within the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rename {
    pub(crate) from: String,
    pub(crate) to: String,
    /// It takes moving rows away, and so comes before all that add them.
    #[serde(default)]
    pub(crate) takes_away: bool,
    /// In a bucket: by what the file is known, whoever has published it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<Content>,
}

/// A staged file's content, and what it takes the place of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    /// The version that was merged; none where there was no file.
    pub(crate) replaces: Option<String>,
}

impl Intent {
    pub(crate) fn new(staged: &[Staged], commit: Commit, in_bucket: bool) -> Self {
        let mut renames = renames(staged);
        if !in_bucket {
            renames.iter_mut().for_each(|rename| rename.content = None);
        }
        Self { version: FORMAT_VERSION, seq: commit.seq, renames, commit }
    }
}

/// First what takes moving rows away, then what adds them: in between a moving row may be missed, never seen twice.
fn renames(staged: &[Staged]) -> Vec<Rename> {
    let rename = |from: &str, file: &Staged, written: &crate::table::writer::Written, takes_away| Rename {
        from: from.to_owned(),
        to: file.target.clone(),
        takes_away,
        content: Some(Content {
            sha256: written.sha256.clone(),
            bytes: written.bytes,
            replaces: file.replaces.clone(),
        }),
    };
    let is_first = |file: &&Staged| file.change.loses && !file.change.gains;
    let taking = staged.iter().filter_map(|file| match &file.without {
        Some((without, written)) => Some(rename(without, file, written, true)),
        None => is_first(&file).then(|| rename(&file.staged, file, &file.written, true)),
    });
    let adding = staged
        .iter()
        .filter(|file| !is_first(file))
        .map(|file| rename(&file.staged, file, &file.written, false));
    taking.chain(adding).collect()
}
