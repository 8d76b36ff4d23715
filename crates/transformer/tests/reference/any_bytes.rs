//! Any bytes in: rows or an error, and the reference's at that.

use convolake_model::OnMismatch;
use convolake_transformer::repair;
use proptest::prelude::*;

use crate::compare::compared;
use crate::dice::Dice;
use crate::property::{choices, config};
use crate::repair::repaired;
use crate::schemas::stream;
use crate::shape::{Shape, page};

const STREAMS: [&str; 4] = ["convocore/export", "convocore/list", "agentx/messages", "agentx/conversations"];

fn check(name: &str, body: &[u8]) -> Result<(), TestCaseError> {
    let found = repair(body);
    let (text, replaced) = repaired(body);
    prop_assert_eq!((&*found.text, found.replaced), (text.as_str(), replaced));
    let fail = |difference| TestCaseError::fail(format!("{difference}\npage {}", body.escape_ascii()));
    compared(&stream(name), body, OnMismatch::Keep).map(drop).map_err(fail)
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for name in STREAMS {
            check(name, &bytes)?;
        }
    }

    #[test]
    fn what_looks_like_json(text in r#"[\[\]{}:,"0-9atrfn\\u \-.eEdD\n]{0,40}"#) {
        for name in STREAMS {
            check(name, text.as_bytes())?;
            check(name, format!("{{\"data\":[{text}]}}").as_bytes())?;
        }
    }

    #[test]
    fn a_page_cut_short_or_with_bytes_changed(bytes in choices(1200)) {
        let dice = &mut Dice::of(&bytes.0);
        let name = *dice.pick(&STREAMS);
        let stream = stream(name);
        let whole = page(dice, &stream, &Shape::of(&stream));
        let place = |dice: &mut Dice<'_>| usize::try_from(dice.number()).unwrap() % whole.len();
        check(name, &whole[..place(dice)])?;
        let mut changed = whole.clone();
        for _ in 0..=dice.below(3) {
            let at = place(dice);
            changed[at] = match dice.below(3) {
                0 => *dice.pick(br#"{}[]",:\u0ef-."#),
                1 => changed[at] ^ (1 << dice.below(8)),
                _ => changed[place(dice)],
            };
        }
        check(name, &changed)?;
    }
}
