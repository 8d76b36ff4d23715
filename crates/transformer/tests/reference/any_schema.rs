//! Random records through random schemas.

use convolake_model::OnMismatch;
use proptest::prelude::*;

use crate::compare::compared;
use crate::dice::Dice;
use crate::invented::{Files, Rules, stream};
use crate::property::{choices, config};
use crate::restored::difference;
use crate::shape::{Shape, page};

fn fail(files: &Files, body: &[u8], difference: &str) -> TestCaseError {
    TestCaseError::fail(format!("{difference}\npage {}\n{files}", String::from_utf8_lossy(body)))
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn the_same_rows(bytes in choices(2500)) {
        let dice = &mut Dice::of(&bytes.0);
        let (stream, files) = stream(dice, Rules::Any);
        let on_mismatch = if dice.rarely(20) { OnMismatch::Quarantine } else { OnMismatch::Keep };
        let body = page(dice, &stream, &Shape::of(&stream));
        compared(&stream, &body, on_mismatch).map_err(|difference| fail(&files, &body, &difference))?;
    }

    #[test]
    fn records_are_put_together_again(bytes in choices(2500)) {
        let dice = &mut Dice::of(&bytes.0);
        let (stream, files) = stream(dice, Rules::Rebuildable);
        let body = page(dice, &stream, &Shape::of(&stream));
        let flat = compared(&stream, &body, OnMismatch::Keep).map_err(|difference| fail(&files, &body, &difference))?;
        let difference = flat.and_then(|flat| difference(&stream, &body, &flat));
        difference.map_or(Ok(()), |difference| Err(fail(&files, &body, &difference)))?;
    }
}
