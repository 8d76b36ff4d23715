//! The JSON Schemas of the file kinds, for editors.

use schemars::{SchemaGenerator, generate::SchemaSettings};

use crate::{pipeline, schema};

/// Gives a type that is written as a string its JSON Schema.
macro_rules! string_schema {
    ($type:ident, $doc:literal) => {
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "description": $doc })
            }
        }
    };
}
pub(crate) use string_schema;

/// The JSON Schema of each file kind: its file name under `schemas/`, and its text.
pub fn json_schemas() -> [(&'static str, String); 4] {
    let generator = || SchemaGenerator::new(SchemaSettings::draft2020_12());
    let text = |schema: schemars::Schema| format!("{:#}\n", schema.to_value());
    [
        ("pipeline.schema.json", text(generator().into_root_schema_for::<pipeline::PipelineWritten>())),
        ("table.schema.json", text(generator().into_root_schema_for::<schema::TableWritten>())),
        ("mart.schema.json", text(generator().into_root_schema_for::<schema::MartWritten>())),
        ("stream.schema.json", text(generator().into_root_schema_for::<schema::StreamSchemaWritten>())),
    ]
}
