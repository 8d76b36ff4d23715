//! Slices as path segments.
//!
//! A name is a list of tokens parted by `.`: the kind of slice (which says how many tokens follow for it), its
//! bounds, then the params as name and value. Within a token `a-z 0-9 _ -` stand for themselves and any other
//! byte is `=` and two hex digits, so no two names differ in case only; an empty token is a lone `=`. `=h` begins
//! a hash, which no escaped byte does. A name that is too long ends with a hash of it all.

use convolake_model::ParamSet;
use jiff::{Timestamp, tz::TimeZone};

use super::{Slice, Window};
use crate::digest::{fingerprint_of, hex, push_hex};

/// The most bytes of a name; file systems take 255.
const LENGTH_MAX: usize = 200;
/// Ids that take more bytes than this are replaced by their number and hash.
const IDS_LENGTH_MAX: usize = 80;

/// The name of a slice; see [`Slice::id`].
pub(super) fn encode(slice: &Slice, params: &ParamSet) -> String {
    let name = match slice {
        Slice::Whole => "whole".to_owned(),
        Slice::Window { from, until } => format!("window.{}.{}", instant(*from), instant(*until)),
        Slice::Ids(ids) => format!("ids.{}{}", ids.len(), encode_ids(ids)),
        Slice::Of { parents, within: None } => format!("of.{}{}", parents.len(), encode_ids(parents)),
        Slice::Of { parents, within: Some(Window { from, until }) } => {
            let ids = encode_ids(parents);
            format!("ofwithin.{}.{}.{}{ids}", instant(*from), instant(*until), parents.len())
        }
    };
    with_params(name, params)
}

/// The first token of that name.
const GONE: &str = "gone";

/// The name under which the notes on deleted records of a stream pulled with `params` lie: beside those of its
/// slices, and none of them.
pub fn gone_id(params: &ParamSet) -> String {
    with_params(GONE.to_owned(), params)
}

/// True for a name that [`gone_id`] gave.
pub fn is_gone_id(name: &str) -> bool {
    name.split('.').next() == Some(GONE)
}

fn with_params(mut name: String, params: &ParamSet) -> String {
    for (param, value) in params {
        name.push('.');
        push_token(&mut name, param);
        name.push('.');
        push_token(&mut name, value);
    }
    if name.len() > LENGTH_MAX {
        let hash = format!(".=h{}", hex_digest(["name", &name]));
        name.truncate(LENGTH_MAX - hash.len());
        name.truncate(name.trim_end_matches('.').len());
        name.push_str(&hash);
    }
    name
}

fn encode_ids(ids: &[String]) -> String {
    let mut listed = String::new();
    for id in ids {
        listed.push('.');
        push_token(&mut listed, id);
        if listed.len() > IDS_LENGTH_MAX {
            return format!(".=h{}", hex_digest(ids.iter().map(String::as_str)));
        }
    }
    listed
}

fn push_token(name: &mut String, text: &str) {
    if text.is_empty() {
        name.push('=');
    }
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => name.push(char::from(byte)),
            _ => {
                name.push('=');
                push_hex(name, byte);
            }
        }
    }
}

/// `20250415t103000z`, with a fraction `20250415t103000_000000001z`.
fn instant(at: Timestamp) -> String {
    let civil = at.to_zoned(TimeZone::UTC).datetime();
    let mut year = String::new();
    push_token(&mut year, &format!("{:04}", civil.year()));
    let second = format!(
        "{year}{:02}{:02}t{:02}{:02}{:02}",
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second()
    );
    match civil.subsec_nanosecond() {
        0 => format!("{second}z"),
        fraction => format!("{second}_{fraction:09}z"),
    }
}

/// 32 hex digits that stand for a list of texts.
fn hex_digest<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    hex(&fingerprint_of(texts))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn params(pairs: &[(&str, &str)]) -> ParamSet {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn names_are_readable() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let window = |from, until| Slice::Window { from: at(from), until: at(until) };
        let ids = |ids: &[&str]| Slice::Ids(ids.iter().map(|id| (*id).to_owned()).collect());
        let a1 = params(&[("agent_id", "a1")]);
        for (slice, params, expected) in [
            (Slice::Whole, a1.clone(), "whole.agent_id.a1"),
            (Slice::Whole, params(&[]), "whole"),
            (Slice::Whole, params(&[("agent_id", "../A")]), "whole.agent_id.=2e=2e=2f=41"),
            (Slice::Whole, params(&[("a", "")]), "whole.a.="),
            (
                window("2025-04-01T00:00:00Z", "2025-04-02T00:00:00.5Z"),
                params(&[("bot_name", "r3-218210")]),
                "window.20250401t000000z.20250402t000000_500000000z.bot_name.r3-218210",
            ),
            (ids(&["Convo1", "c2"]), a1, "ids.2.=43onvo1.c2.agent_id.a1"),
        ] {
            assert_eq!(slice.id(&params), expected);
        }
    }

    #[test]
    fn long_names_keep_their_beginning() {
        let slice = Slice::Ids((0..20).map(|number| format!("agent_convo{number}")).collect());
        let name = slice.id(&params(&[("agent_id", &"ü".repeat(100))]));
        assert_eq!(name.len(), LENGTH_MAX);
        assert!(name.starts_with("ids.20.=h"), "{name}");
    }

    fn slices() -> impl Strategy<Value = Slice> {
        let text = "[aA.=_/%-]{0,3}|\\PC{0,60}";
        let instant = prop_oneof![0i64..3, any::<i32>().prop_map(i64::from)]
            .prop_flat_map(|second| (Just(second), prop_oneof![Just(0), 0i32..1_000_000_000]))
            .prop_map(|(second, fraction)| Timestamp::new(second, fraction.max(0)).unwrap());
        let window = proptest::option::of((instant.clone(), instant.clone()))
            .prop_map(|window| window.map(|(from, until)| Window { from, until }));
        prop_oneof![
            Just(Slice::Whole),
            (instant.clone(), instant).prop_map(|(from, until)| Slice::Window { from, until }),
            proptest::collection::vec(text, 0..4).prop_map(Slice::Ids),
            (proptest::collection::vec(text, 0..4), window)
                .prop_map(|(parents, within)| Slice::Of { parents, within }),
        ]
    }

    fn param_sets() -> impl Strategy<Value = ParamSet> {
        proptest::collection::btree_map("[aA_]{1,2}|ids|of|whole", "[aA.=_/-]{0,3}|\\PC{0,90}", 0..3)
    }

    proptest! {
        #[test]
        fn different_slices_have_different_names(all in proptest::collection::vec((slices(), param_sets()), 1..40)) {
            let mut seen = HashMap::new();
            for (slice, params) in all {
                let name = slice.id(&params);
                prop_assert!(!is_gone_id(&name) && is_gone_id(&gone_id(&params)));
                prop_assert!(name.len() <= LENGTH_MAX);
                let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'=' | b'-');
                prop_assert!(name.bytes().all(fits), "{}", name);
                prop_assert!(!name.contains("..") && !name.ends_with('.'));
                let same = seen.insert(name, (slice.clone(), params.clone()));
                prop_assert!(same.is_none_or(|other| other == (slice, params)));
            }
        }

        #[test]
        fn json_goes_there_and_back(slice in slices()) {
            prop_assert_eq!(Slice::from_json(&slice.to_json()), Some(slice));
        }
    }
}
