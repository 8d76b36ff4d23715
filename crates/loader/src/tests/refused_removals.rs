//! A store that removes nothing: runs go on, and what stays is void.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::storage::remote::broken_store::{BrokenStore, Flaw};
use crate::tests::delta::{SETUP, page};
use crate::tests::model::{PIPELINE, Scene};
use crate::tests::verified::found;
use crate::{FindingKind, LoadMode};

/// `activeloopai/deeplake#3162`: an append-only writer, whose keys may not delete, cannot get past its own lock object. Here the second run ended with 77, as the
/// intent of the first was still there.
#[test]
fn runs_go_on_where_nothing_may_be_removed() {
    let mut scene = Scene::in_store(SETUP, Arc::new(BrokenStore::with(Flaw::RefusesToRemove)));
    for number in 1..=4 {
        scene.load(LoadMode::Merge, &[(number, &page(number))]).unwrap();
    }
    assert!(scene.seen().unwrap().len() > 1);
    assert_eq!(found(&scene), BTreeMap::<FindingKind, u64>::new(), "an intent of a finished run is no fault");
    let folder = tempfile::tempdir().unwrap();
    let verification = scene.lake.verify(PIPELINE, &[], folder.path(), 1 << 20).unwrap();
    assert_eq!(verification.void_intents(), 4);
}
