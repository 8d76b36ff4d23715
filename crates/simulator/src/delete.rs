use std::collections::HashSet;

use crate::record::Record;
use crate::store::Store;
use crate::stream::Stream;

/// Records that were taken away, to be put back.
#[derive(Debug)]
pub struct Deleted {
    /// In the order of [`Stream::ALL`].
    records: [Vec<Record>; 4],
}

/// Takes all records of these conversations away, of all streams.
pub(crate) fn delete(store: &mut Store, conversations: &HashSet<&str>) -> Deleted {
    let records = Stream::ALL.map(|stream| {
        let mut taken = Vec::new();
        store.shelf_mut(stream).rewrite(|records| {
            let is_taken = |record: &mut Record| conversations.contains(&*record.conversation);
            taken.extend(records.extract_if(.., is_taken));
        });
        taken
    });
    Deleted { records }
}

/// Puts records back as they were.
pub(crate) fn put_back(store: &mut Store, deleted: Deleted) {
    for (stream, mut taken) in Stream::ALL.into_iter().zip(deleted.records) {
        store.shelf_mut(stream).rewrite(|records| records.append(&mut taken));
    }
}
