//! Drift of several pages, merged in any order.

use super::*;

fn page(name: &str, fields: impl IntoIterator<Item = (String, u32)>) -> Drift {
    let name = Arc::from(name);
    let met = |record| Met { count: 1, first: Place::new(&name, record) };
    let mut drift = Drift::default();
    for (field, record) in fields {
        drift.merge(Drift {
            places: BTreeMap::from([(field.clone(), BTreeMap::from([(JsonKind::Null, met(record))]))]),
            new_fields: BTreeMap::from([(field.clone(), met(record))]),
            unknown_words: BTreeMap::from([(("t".into(), "c".into(), field), met(record))]),
            ..Drift::default()
        });
    }
    drift
}

fn merged(pages: impl IntoIterator<Item = Drift>) -> Drift {
    let mut all = Drift::default();
    pages.into_iter().for_each(|page| all.merge(page));
    all
}

#[test]
fn the_earliest_place_is_told_whichever_page_comes_first() {
    let of = |name: &str, record| page(name, [("/mood".to_owned(), record)]);
    let pages =
        || vec![of("raw/b#2", 0), of("raw/b#10", 7), of("raw/a#3", 9), of("raw/a#3", 4), of("raw/a#20", 0)];
    for turn in 0..pages().len() {
        let mut pages = pages();
        pages.rotate_left(turn);
        let Met { count, first } = &merged(pages).new_fields["/mood"];
        assert_eq!((*count, first.to_string().as_str()), (5, "raw/a#3 record 4"));
    }
}

#[test]
fn of_too_many_names_the_same_stay_whichever_page_comes_first() {
    let fields = |from: usize| (from..from + 700).map(|number| (format!("/f{number:04}"), 0));
    let pages =
        || vec![page("raw/a#1", fields(0)), page("raw/a#2", fields(400)), page("raw/a#3", fields(1200))];
    let expected = merged(pages());
    let counts: u64 = expected.new_fields.values().map(|met| met.count).sum();
    assert_eq!((counts, expected.new_fields.len()), (3 * 700, Drift::MAX_PLACES));
    assert_eq!(expected.new_fields[Drift::OTHERS].count, 2100 - 999 - 300, "999 names, 300 of them twice");
    assert_eq!(expected.places.len(), Drift::MAX_PLACES);
    assert_eq!(expected.unknown_words.len(), Drift::MAX_PLACES);
    for turn in 1..pages().len() {
        let mut pages = pages();
        pages.rotate_left(turn);
        assert_eq!(merged(pages), expected);
    }
}
