//! One thing changed at a time, against what `ArrowWriter` does by itself.

use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{EnabledStatistics, WriterVersion};

use crate::input::Input;
use crate::variant::{Variant, is_text, without_dictionary, zstd};

/// Columns that are measured together.
const GROUPS: [(&str, &[&str]); 12] = [
    ("text", &["text"]),
    ("payload", &["payload"]),
    ("extra", &["extra"]),
    ("metadata", &["metadata"]),
    ("sent_at_raw", &["sent_at_raw"]),
    ("message_id", &["message_id"]),
    ("conversation_id", &["conversation_id"]),
    ("agent_id", &["agent_id"]),
    ("page", &["page"]),
    ("role, type", &["role", "type", "user_action_type"]),
    ("user_id, ...", &["user_id", "user_name", "user_email", "user_phone", "_listed"]),
    ("fetched_at", &["fetched_at"]),
];
const NUMBERS: [(&str, &[&str]); 2] = [
    ("times", &["sent_at", "started_at", "ended_at", "first_message_at", "last_message_at", "modified_at"]),
    ("indices", &["turn_index", "message_index", "message_count"]),
];

/// The variants, the first being what they change.
pub(crate) fn variants() -> Vec<Variant> {
    let mut all = vec![Variant::plain("before")];
    all.extend(encodings());
    all.extend(compressions());
    all.extend(statistics());
    all.extend(sizes());
    all.extend(filters());
    all.push(Variant::plain("pages v2").and(|builder, _| {
        builder.set_writer_version(WriterVersion::PARQUET_2_0).set_encoding(Encoding::PLAIN)
    }));
    all.push(Variant::plain("no path in schema").and(|builder, _| builder.set_write_path_in_schema(false)));
    all.push(Variant::plain("input: dictionary").input(Input::Dictionary));
    all.push(Variant::plain("input: view").input(Input::View));
    all.push(Variant::plain("columns of nulls uncompressed").and(|builder, file| {
        file.always_null().iter().fold(builder, |builder, column| {
            builder.set_column_compression(column.as_str().into(), Compression::UNCOMPRESSED)
        })
    }));
    all
}

fn encodings() -> Vec<Variant> {
    let mut all = Vec::new();
    for (name, columns) in GROUPS {
        for (word, encoding) in [
            ("plain", Encoding::PLAIN),
            ("delta_length", Encoding::DELTA_LENGTH_BYTE_ARRAY),
            ("delta_bytes", Encoding::DELTA_BYTE_ARRAY),
        ] {
            if name != "fetched_at" {
                let variant = Variant::plain(&format!("{name}: {word}"));
                all.push(variant.each(columns, without_dictionary(encoding)));
            }
        }
    }
    for (name, columns) in
        NUMBERS.into_iter().chain(GROUPS.into_iter().filter(|(name, _)| *name == "fetched_at"))
    {
        for (word, encoding) in [("plain", Encoding::PLAIN), ("delta", Encoding::DELTA_BINARY_PACKED)] {
            let variant = Variant::plain(&format!("{name}: {word}"));
            all.push(variant.each(columns, without_dictionary(encoding)));
        }
    }
    all.push(Variant::plain("all plain").and(|builder, _| builder.set_dictionary_enabled(false)));
    all
}

fn compressions() -> Vec<Variant> {
    let compressed = |name: &str, compression| {
        Variant::plain(name).and(move |builder, _| builder.set_compression(compression))
    };
    let mut all: Vec<Variant> = [-7, -5, -3, -1, 2, 3]
        .into_iter()
        .map(|level| compressed(&format!("zstd {level}"), zstd(level)))
        .collect();
    all.push(compressed("uncompressed", Compression::UNCOMPRESSED));
    #[cfg(feature = "codecs")]
    all.extend([compressed("lz4_raw", Compression::LZ4_RAW), compressed("snappy", Compression::SNAPPY)]);
    all
}

fn statistics() -> Vec<Variant> {
    let enabled = |name: &str, statistics| {
        Variant::plain(name).and(move |builder, _| builder.set_statistics_enabled(statistics))
    };
    vec![
        enabled("statistics: none", EnabledStatistics::None),
        enabled("statistics: chunk", EnabledStatistics::Chunk),
        Variant::plain("statistics: none of texts but ids")
            .of_type(is_text, |builder, column| {
                builder.set_column_statistics_enabled(column, EnabledStatistics::None)
            })
            .ids(|builder, column| builder.set_column_statistics_enabled(column, EnabledStatistics::Page)),
        Variant::plain("statistics: cut at 16 bytes").and(|builder, _| {
            builder.set_statistics_truncate_length(Some(16)).set_column_index_truncate_length(Some(16))
        }),
        enabled("statistics: chunk, no offset index", EnabledStatistics::Chunk)
            .and(|builder, _| builder.set_offset_index_disabled(true)),
    ]
}

fn sizes() -> Vec<Variant> {
    let mut all = Vec::new();
    for rows in [2_000, 5_000, 1_000_000] {
        let variant = Variant::plain(&format!("page: {rows} rows"));
        all.push(variant.and(move |builder, _| builder.set_data_page_row_count_limit(rows)));
    }
    for kib in [64, 256, 4096] {
        let variant = Variant::plain(&format!("page: {kib} KiB"));
        all.push(variant.and(move |builder, _| builder.set_data_page_size_limit(kib * 1024)));
    }
    for rows in [256, 4096, 16384] {
        let variant = Variant::plain(&format!("write batch: {rows}"));
        all.push(variant.and(move |builder, _| builder.set_write_batch_size(rows)));
    }
    for kib in [16, 64, 256, 4096] {
        let variant = Variant::plain(&format!("dictionary: {kib} KiB"));
        all.push(variant.and(move |builder, _| builder.set_dictionary_page_size_limit(kib * 1024)));
    }
    all
}

fn filters() -> Vec<Variant> {
    let mut all = vec![
        Variant::plain("filter: none")
            .ids(|builder, column| builder.set_column_bloom_filter_enabled(column, false)),
        Variant::plain("filter: 1 % false")
            .ids(|builder, column| builder.set_column_bloom_filter_fpp(column, 0.01)),
        Variant::plain("filter: sized by rows").and(|builder, file| {
            file.ids().iter().fold(builder, |builder, id| {
                builder.set_column_bloom_filter_max_ndv((*id).into(), file.max_values())
            })
        }),
    ];
    const IDS: [(&str, &[&str]); 3] = [
        ("agent_id", &["agent_id"]),
        ("message_id", &["message_id"]),
        ("conversation_id", &["conversation_id"]),
    ];
    for (name, column) in IDS {
        all.push(
            Variant::plain(&format!("filter: not {name}"))
                .each(column, |builder, column| builder.set_column_bloom_filter_enabled(column, false)),
        );
    }
    for values in [1 << 10, 1 << 13, 1 << 15, 1 << 16] {
        all.push(
            Variant::plain(&format!("filter: sized for {values}"))
                .ids(move |builder, column| builder.set_column_bloom_filter_max_ndv(column, values)),
        );
    }
    all
}
