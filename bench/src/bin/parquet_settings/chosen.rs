//! What the loader does (its room `table`), and each part of it left out or done otherwise.

use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{EnabledStatistics, WriterVersion};

use crate::input::Input;
use crate::variant::{Variant, is_number, is_text, without_dictionary, zstd};

/// Columns whose texts rarely come twice.
const WHOLE: &[&str] = &["payload", "extra", "metadata", "user", "feedback", "sent_at_raw", "text"];
const ORDER: &[&str] = &["conversation_id", "turn_index", "message_index"];

fn chosen(name: &str) -> Variant {
    Variant::plain(name)
        .and(|builder, _| {
            builder
                .set_writer_version(WriterVersion::PARQUET_2_0)
                .set_statistics_enabled(EnabledStatistics::Chunk)
        })
        .of_type(is_number, |builder, column| {
            without_dictionary(Encoding::DELTA_BINARY_PACKED)(builder, column)
        })
        .of_type(is_text, |builder, column| builder.set_column_encoding(column, Encoding::PLAIN))
        .each(WHOLE, without_dictionary(Encoding::PLAIN))
        .of_type(is_text, |builder, column| {
            builder.set_column_statistics_enabled(column, EnabledStatistics::None)
        })
        .each(&["agent_id"], |builder, column| {
            builder.set_column_statistics_enabled(column, EnabledStatistics::Chunk)
        })
        .ids(|builder, column| {
            builder
                .set_column_encoding(column.clone(), Encoding::DELTA_LENGTH_BYTE_ARRAY)
                .set_column_dictionary_page_size_limit(column, 16 * 1024)
        })
        .each(ORDER, |builder, column| builder.set_column_statistics_enabled(column, EnabledStatistics::Page))
        .of_type(
            |data_type| matches!(data_type, arrow_schema::DataType::Timestamp(..)),
            |builder, column| builder.set_column_statistics_enabled(column, EnabledStatistics::Page),
        )
        .and(|builder, file| {
            file.ids().iter().fold(builder, |builder, id| {
                builder.set_column_bloom_filter_max_ndv((*id).into(), file.max_values())
            })
        })
}

/// The variants, the first being what the loader does.
pub(crate) fn variants() -> Vec<Variant> {
    vec![
        chosen("chosen"),
        chosen("chosen, pages v1").and(|builder, _| builder.set_writer_version(WriterVersion::PARQUET_1_0)),
        chosen("chosen, zstd -3").and(|builder, _| builder.set_compression(zstd(-3))),
        chosen("chosen, zstd -1").and(|builder, _| builder.set_compression(zstd(-1))),
        chosen("chosen, zstd 3").and(|builder, _| builder.set_compression(zstd(3))),
        chosen("chosen, numbers by dictionary")
            .of_type(is_number, |builder, column| builder.set_column_dictionary_enabled(column, true)),
        chosen("chosen, numbers plain")
            .of_type(is_number, |builder, column| builder.set_column_encoding(column, Encoding::PLAIN)),
        chosen("chosen, numbers uncompressed").of_type(is_number, |builder, column| {
            builder.set_column_compression(column, Compression::UNCOMPRESSED)
        }),
        chosen("chosen, texts by dictionary")
            .each(WHOLE, |builder, column| builder.set_column_dictionary_enabled(column, true)),
        chosen("chosen, sent_at_raw by dictionary")
            .each(&["sent_at_raw"], |builder, column| builder.set_column_dictionary_enabled(column, true)),
        chosen("chosen, texts delta_length").each(WHOLE, |builder, column| {
            builder.set_column_encoding(column, Encoding::DELTA_LENGTH_BYTE_ARRAY)
        }),
        chosen("chosen, text by dictionary")
            .each(&["text"], |builder, column| builder.set_column_dictionary_enabled(column, true)),
        chosen("chosen, ids with any dictionary")
            .ids(|builder, column| builder.set_column_dictionary_page_size_limit(column, 1024 * 1024)),
        chosen("chosen, ids plain")
            .ids(|builder, column| builder.set_column_encoding(column, Encoding::PLAIN)),
        chosen("chosen, page statistics of all")
            .and(|builder, _| builder.set_statistics_enabled(EnabledStatistics::Page))
            .of_type(is_text, |builder, column| {
                builder.set_column_statistics_enabled(column, EnabledStatistics::Page)
            }),
        chosen("chosen, statistics of texts").of_type(is_text, |builder, column| {
            builder.set_column_statistics_enabled(column, EnabledStatistics::Chunk)
        }),
        chosen("chosen, no filters")
            .ids(|builder, column| builder.set_column_bloom_filter_enabled(column, false)),
        chosen("chosen, filters for 131072")
            .ids(|builder, column| builder.set_column_bloom_filter_max_ndv(column, 128 * 1024)),
        chosen("chosen, write batch 4096").and(|builder, _| builder.set_write_batch_size(4096)),
        chosen("chosen, columns of nulls uncompressed").and(|builder, file| {
            file.always_null().iter().fold(builder, |builder, column| {
                builder.set_column_compression(column.as_str().into(), Compression::UNCOMPRESSED)
            })
        }),
        chosen("chosen, input: dictionary").input(Input::Dictionary),
        chosen("chosen, input: view").input(Input::View),
    ]
}
