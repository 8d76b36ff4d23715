//! The intent: what is about to be published, made durable before it is.

use serde::{Deserialize, Serialize};

use crate::publish::commit::{Commit, FORMAT_VERSION};
use crate::publish::staged_file::{Afterwards, StagedContent, StagedFile};
use crate::storage::ObjectVersion;
use crate::storage::digest::ContentDigest;

/// What is about to happen, made durable before it does: whoever finds it brings it to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) version: u32,
    pub(crate) seq: u64,
    /// In this order.
    pub(crate) renames: Vec<Rename>,
    /// Files that the commit names no more, and that are removed once it is durable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) removes: Vec<Removed>,
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
    /// The staged file keeps its name, as one of the Delta tree does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_second_name: bool,
    /// The file that stands there then is without rows, and is removed once the commit is durable.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) goes: bool,
    /// Where files are replaced by version: by what the file is known, whoever has published it. `None` where the staged file is
    /// renamed, so that it is done when it is no longer staged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<Content>,
}

/// A file that goes, by its name within the lake and its content: another one that stands there stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Removed {
    pub(crate) name: String,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
}

/// A staged file's content, and what it takes the place of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    /// The version that was merged; none where there was no file.
    pub(crate) replaces: Option<ObjectVersion>,
}

impl Content {
    pub(crate) fn digest(&self) -> ContentDigest {
        ContentDigest { n_bytes: self.bytes, sha256: self.sha256.clone() }
    }
}

/// Whether an intent says by what each file is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    Named,
    LeftOut,
}

impl Intent {
    /// Of staged files; what was staged under the name it is to have needs no rename. First what takes moving rows away, then what adds them: in between a moving row may be missed, never seen twice.
    pub(crate) fn new(files: &[&StagedFile], commit: Commit, contents: Contents) -> Self {
        let rename = |file: &StagedFile, staged: &StagedContent, takes_away| Rename {
            from: staged.name.clone(),
            to: file.target.clone(),
            takes_away,
            is_second_name: false,
            goes: file.afterwards == Afterwards::Goes,
            content: (contents == Contents::Named).then(|| Content {
                sha256: staged.written.sha256.clone(),
                bytes: staged.written.bytes,
                replaces: file.replaces.clone(),
            }),
        };
        let taking = files.iter().filter_map(|file| Some(rename(file, file.taking.as_ref()?, true)));
        let adding = files.iter().filter_map(|file| Some(rename(file, file.adding.as_ref()?, false)));
        let renames = taking.chain(adding).filter(|rename| rename.from != rename.to).collect();
        Self { version: commit.version, seq: commit.seq, renames, removes: Vec::new(), commit }
    }

    /// Of a commit whose files lie in another tree than before.
    pub(crate) fn of_other_tree(renames: Vec<Rename>, removes: Vec<Removed>, commit: Commit) -> Self {
        Self { version: FORMAT_VERSION, seq: commit.seq, renames, removes, commit }
    }

    /// The SHA-256 that the same file has in a later step of this intent.
    pub(crate) fn later_sha256(&self, rename: &Rename) -> Option<&str> {
        let at = self.renames.iter().position(|other| other == rename)?;
        let after = self.renames[at + 1..].iter().find(|other| other.to == rename.to)?;
        after.content.as_ref().map(|content| content.sha256.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = r#""commit":{"version":1,"seq":7,"attempt":"r-1","parent":null,"run":"r","created_at":"2026-11-21T12:00:00Z","state":{},"tables":{},"files":[]}}"#;

    /// Of what any release has left in a lake all is finished: these lines are never changed.
    #[test]
    fn intents_of_every_release_read_and_are_written_alike() {
        let on_disk = format!(
            r#"{{"version":1,"seq":7,"renames":[{{"from":"_convolake/staging/p/r/00000007-00001.staged","to":"t/x","takes_away":true}}],{COMMIT}"#
        );
        let in_store = format!(
            r#"{{"version":1,"seq":7,"renames":[{{"from":"s","to":"t/x","takes_away":false,"content":{{"sha256":"ab","bytes":3,"replaces":"\"e\""}}}},{{"from":"s","to":"t/y","takes_away":false,"content":{{"sha256":"ab","bytes":3,"replaces":null}}}}],{COMMIT}"#
        );
        for text in [on_disk, in_store] {
            let intent: Intent = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&intent).unwrap(), text);
        }
    }
}
