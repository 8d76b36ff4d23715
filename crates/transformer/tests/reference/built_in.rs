//! Odd pages through the built-in schemas.

use convolake_model::OnMismatch;
use proptest::prelude::*;

use crate::compare::compared;
use crate::dice::Dice;
use crate::property::{choices, config};
use crate::schemas::stream;
use crate::shape::{Shape, page};

/// What is drawn is a page of the documented shape with fields left out, doubled, renamed, of another type, null,
/// numbers as texts, odd dates, lone surrogates, bytes that are no UTF-8, deep nesting, elements that are no objects.
fn check(name: &str, bytes: &[u8]) -> Result<(), TestCaseError> {
    let stream = stream(name);
    let dice = &mut Dice::of(bytes);
    let on_mismatch = if dice.rarely(20) { OnMismatch::Quarantine } else { OnMismatch::Keep };
    let body = page(dice, &stream, &Shape::of(&stream));
    match compared(&stream, &body, on_mismatch) {
        Ok(_) => Ok(()),
        Err(difference) => {
            Err(TestCaseError::fail(format!("{difference}\npage {}", String::from_utf8_lossy(&body))))
        }
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn convocore_export(bytes in choices(2000)) {
        check("convocore/export", &bytes.0)?;
    }

    #[test]
    fn convocore_list(bytes in choices(2000)) {
        check("convocore/list", &bytes.0)?;
    }

    #[test]
    fn agentx_messages(bytes in choices(2000)) {
        check("agentx/messages", &bytes.0)?;
    }

    #[test]
    fn agentx_conversations(bytes in choices(2000)) {
        check("agentx/conversations", &bytes.0)?;
    }
}
