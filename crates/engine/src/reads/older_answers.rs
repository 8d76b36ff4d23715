//! Which ids were answered with an older version than their list shows, by what the rows of both declare.

use std::collections::{BTreeMap, BTreeSet};

use convolake_loader::{Lake, LoadError};
use convolake_model::{Mapping, ParamSet, StreamSchema};
use jiff::Timestamp;

use crate::project::param_columns::param_values;
use crate::reads::known_versions::ListedColumn;
use crate::reads::scan::{Files, Rows, Scan};

/// The column with the time at which a record was last changed.
const MODIFIED_AT: &str = "modified_at";
/// The column with the time of a record's last message.
const LAST_MESSAGE_AT: &str = "last_message_at";

/// The rows of a list and of a stream that is asked by it.
pub(crate) struct TwoViews<'a> {
    listed: &'a Mapping,
    given: &'a Mapping,
    /// The column with a record's id, in both.
    id: &'a str,
    /// The column with a declared count, where both have it.
    declared: Option<&'a str>,
    /// The column with the time of the last message, where both have it.
    last_message_at: Option<&'a str>,
    /// The column with the time of the last change, where both have it.
    modified_at: Option<&'a str>,
}

/// What a row says of how new it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Version {
    declared: Option<i64>,
    last_message_at: Option<Timestamp>,
    modified_at: Option<Timestamp>,
}

impl Version {
    /// True where this is older than what a list shows: it declares less, ends with an earlier message, or was changed earlier.
    /// A time of change that the list shows from before `since` is no sign of it: by now the other view has caught up, and
    /// the two never agree.
    fn is_older_than(self, listed: Self, since: Timestamp) -> bool {
        let declares_less = self.declared.zip(listed.declared).is_some_and(|(given, listed)| given < listed);
        let ends_earlier =
            self.last_message_at.zip(listed.last_message_at).is_some_and(|(given, listed)| given < listed);
        let changed_earlier = self
            .modified_at
            .zip(listed.modified_at)
            .is_some_and(|(given, listed)| given < listed && listed >= since);
        declares_less || ends_earlier || changed_earlier
    }
}

impl<'a> TwoViews<'a> {
    /// `None` where the two have nothing in common that tells how new a record is.
    pub(crate) fn of(
        list: &'a StreamSchema,
        asking: &'a StreamSchema,
        declared: Option<&'a str>,
    ) -> Option<Self> {
        let given = ListedColumn::of(asking)?;
        let listed = list.mappings.iter().find(|mapping| mapping.columns.contains_key(given.id))?;
        let is_in_both =
            |name: &&str| listed.columns.contains_key(*name) && given.mapping.columns.contains_key(*name);
        let declared = declared.filter(is_in_both);
        let last_message_at = Some(LAST_MESSAGE_AT).filter(is_in_both);
        let modified_at = Some(MODIFIED_AT).filter(is_in_both);
        let is_told = declared.or(last_message_at).or(modified_at).is_some();
        let (given, id) = (given.mapping, given.id);
        is_told.then_some(Self { listed, given, id, declared, last_message_at, modified_at })
    }

    /// Of these ids, those whose row is older than the one of the list, in order. A list's time of change counts from `since`
    /// on.
    pub(crate) fn older(
        &self,
        lake: &Lake,
        pipeline: &str,
        params: &ParamSet,
        ids: &BTreeMap<String, String>,
        since: Timestamp,
    ) -> Result<Vec<String>, LoadError> {
        let wanted: BTreeSet<&str> = ids.keys().map(String::as_str).collect();
        let files = Files::WithIds(self.id, &wanted);
        let mut listed: BTreeMap<&str, Version> = BTreeMap::new();
        self.each(self.listed, lake, pipeline, params, files, &mut |id, version| {
            if let Some((id, _)) = ids.get_key_value(id) {
                listed.insert(id, version);
            }
        })?;
        let mut older = Vec::new();
        self.each(self.given, lake, pipeline, params, files, &mut |id, given| {
            if listed.get(id).is_some_and(|listed| given.is_older_than(*listed, since)) {
                older.push(id.to_owned());
            }
        })?;
        older.sort_unstable();
        older.dedup();
        Ok(older)
    }

    /// Shows each row's id and version.
    fn each(
        &self,
        mapping: &Mapping,
        lake: &Lake,
        pipeline: &str,
        params: &ParamSet,
        files: Files<'_>,
        each: &mut dyn FnMut(&str, Version),
    ) -> Result<(), LoadError> {
        let equal = param_values(mapping, params);
        let Self { id, declared, last_message_at, modified_at, .. } = *self;
        let told = declared.into_iter().chain(last_message_at).chain(modified_at);
        let columns: Vec<&str> = std::iter::once(id).chain(told).collect();
        let scan = Scan { table: &mapping.table, pipeline, columns: &columns, equal: &equal, files };
        scan.for_each(lake, |rows: &Rows<'_>| {
            // What is not in both is read as a column without a name, which no table has.
            let declared = rows.integers(declared.unwrap_or_default());
            let last_message_at = rows.instants(last_message_at.unwrap_or_default());
            let modified_at = rows.instants(modified_at.unwrap_or_default());
            let versions = declared.zip(last_message_at).zip(modified_at);
            for (id, ((declared, last_message_at), modified_at)) in rows.texts(id).zip(versions) {
                if let Some(id) = id {
                    each(id, Version { declared, last_message_at, modified_at });
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Project;

    #[test]
    fn a_version_is_older_where_it_declares_less_or_was_changed_earlier() {
        let version = |declared: Option<i64>, second: Option<i64>| Version {
            declared,
            modified_at: second.map(|second| Timestamp::from_second(second).unwrap()),
            last_message_at: None,
        };
        let ends = |second: i64| Version {
            last_message_at: Timestamp::from_second(second).ok(),
            ..version(Some(2), Some(9))
        };
        let since = Timestamp::from_second(10).unwrap();
        for (given, listed, expected) in [
            (version(Some(2), Some(20)), version(Some(2), Some(20)), false),
            (version(Some(1), Some(20)), version(Some(2), Some(20)), true),
            (version(Some(3), Some(21)), version(Some(2), Some(20)), false),
            (version(Some(2), Some(19)), version(Some(2), Some(20)), true),
            // The list's time is so old that the other view has had the time to catch up.
            (version(Some(2), Some(8)), version(Some(2), Some(9)), false),
            (version(Some(1), Some(8)), version(Some(2), Some(9)), true),
            (ends(7), ends(8), true),
            (ends(8), ends(8), false),
            (ends(9), ends(8), false),
            (version(None, None), version(Some(2), Some(20)), false),
            (version(Some(1), None), version(None, Some(20)), false),
        ] {
            assert_eq!(given.is_older_than(listed, since), expected, "{given:?}, {listed:?}");
        }
    }

    #[test]
    fn two_views_are_compared_by_the_columns_that_both_have() {
        let project = Project::load("convocore", &[]).unwrap();
        let (list, export) = (&project.schemas["list"], &project.schemas["export"]);
        for (declared, expected) in
            [(Some("messages_declared"), Some("messages_declared")), (Some("other"), None), (None, None)]
        {
            let views = TwoViews::of(list, export, declared).unwrap();
            assert_eq!((views.id, views.declared), ("conversation_id", expected));
            assert_eq!(
                (views.last_message_at, views.modified_at),
                (Some(LAST_MESSAGE_AT), Some(MODIFIED_AT))
            );
            assert_eq!((&*views.listed.table, &*views.given.table), ("leads", "conversations"));
        }
        assert!(TwoViews::of(export, list, None).is_none(), "no list leads to a list");
    }
}
