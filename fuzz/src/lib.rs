//! What the fuzz targets do with their bytes.
//!
//! Every target but `raw_line` compares with the reference of the transformer's tests, so that a wrong row is found
//! as a panic is.

// The reference, as it stands among the tests.
#[path = "../../crates/transformer/tests/reference/broken.rs"]
mod broken;
#[path = "../../crates/transformer/tests/reference/cells.rs"]
mod cells;
#[path = "../../crates/transformer/tests/reference/compare.rs"]
mod compare;
#[path = "../../crates/transformer/tests/reference/dates.rs"]
mod dates;
#[path = "../../crates/transformer/tests/reference/dice.rs"]
mod dice;
#[path = "../../crates/transformer/tests/reference/element.rs"]
mod element;
#[path = "../../crates/transformer/tests/reference/flattening.rs"]
mod flattening;
#[path = "../../crates/transformer/tests/reference/invented.rs"]
mod invented;
#[path = "../../crates/transformer/tests/reference/json.rs"]
mod json;
#[path = "../../crates/transformer/tests/reference/leftover.rs"]
mod leftover;
#[path = "../../crates/transformer/tests/reference/levels.rs"]
mod levels;
#[path = "../../crates/transformer/tests/reference/numbers.rs"]
mod numbers;
#[path = "../../crates/transformer/tests/reference/odd.rs"]
mod odd;
#[path = "../../crates/transformer/tests/reference/repair.rs"]
mod repair;
#[path = "../../crates/transformer/tests/reference/restored.rs"]
mod restored;
#[path = "../../crates/transformer/tests/reference/rows.rs"]
mod rows;
#[path = "../../crates/transformer/tests/rebuild/schemas.rs"]
mod schemas;
#[path = "../../crates/transformer/tests/reference/shape.rs"]
mod shape;
#[path = "../../crates/transformer/tests/reference/values.rs"]
mod values;

mod pages;
mod schema_files;

pub use pages::{any_schema, page_to_rows, timestamps};
pub use schema_files::schema_files;
