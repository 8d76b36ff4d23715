//! What is gone leaves all tables, and comes back with its record.

use serde_json::Value;

use super::scene::{
    EXPORT, LIST, every_nth, export, filled, gone_and_removed, removing, replays_the_same, rows_of,
    tombstones,
};
use crate::convolake::Convolake;
use crate::source::Source;
use crate::verify::is_sound;

#[test]
fn what_is_gone_leaves_all_tables_and_comes_back_with_its_record() {
    let source = Source::tidy(100);
    let lake = filled(&source);
    let whole = lake.contents();
    let ids = every_nth(&source, 20);
    let n_rows = rows_of(&lake, &ids);
    let deleted = source.running.delete(&ids);
    let ended = removing(&source, &lake).ends(0);
    assert_eq!(gone_and_removed(&ended), (5, 5), "{ended}");
    let examples = export(&ended)["gone_examples"].clone();
    assert_eq!(examples, Value::from(ids.clone()), "{ended}");
    assert_eq!(ended.total("rows_removed"), n_rows as u64, "{ended}");
    assert_eq!((ended.total("rows_added"), ended.total("rows_changed")), (0, 0), "{ended}");
    assert_eq!(rows_of(&lake, &ids), 0);
    for stream in [LIST, EXPORT] {
        lake.holds_all(&source, stream);
    }
    assert_eq!(tombstones(&lake).len(), 1);
    is_sound(&lake);
    replays_the_same(&lake);

    // Nothing is left to do.
    let before = lake.table_files();
    for again in [removing(&source, &lake), Convolake::pull("convocore", &source, &lake)] {
        let ended = again.ends(0);
        assert_eq!(gone_and_removed(&ended), (0, 0), "{ended}");
        assert_eq!(ended.total("files_written"), 0, "{ended}");
    }
    assert_eq!(lake.table_files(), before);
    assert_eq!(tombstones(&lake).len(), 1);

    source.running.put_back(deleted);
    let ended = removing(&source, &lake).ends(0);
    assert_eq!(ended.total("rows_added"), n_rows as u64, "{ended}");
    lake.holds_just(&whole);
    is_sound(&lake);
    replays_the_same(&lake);
}
