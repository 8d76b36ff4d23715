//! The settings that are measured: each changes one thing of what they are measured against.

use arrow_schema::DataType;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{
    EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion,
};
use parquet::schema::types::ColumnPath;

use crate::input::Input;
use crate::lake::TableFile;

type Change = Box<dyn Fn(WriterPropertiesBuilder, &TableFile) -> WriterPropertiesBuilder>;

/// A way to write table files.
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) input: Input,
    changes: Vec<Change>,
}

impl Variant {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), input: Input::Utf8, changes: Vec::new() }
    }

    fn and(
        mut self,
        change: impl Fn(WriterPropertiesBuilder, &TableFile) -> WriterPropertiesBuilder + 'static,
    ) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    pub(crate) fn properties(&self, file: &TableFile) -> WriterProperties {
        let builder = WriterProperties::builder()
            .set_compression(zstd(1))
            .set_statistics_enabled(EnabledStatistics::Page)
            .set_max_row_group_row_count(Some(128 * 1024))
            .set_max_row_group_bytes(Some(32 * 1024 * 1024));
        let builder = file.keys().fold(builder, |builder, key| {
            builder.set_column_bloom_filter_enabled(ColumnPath::from(key), true)
        });
        self.changes.iter().fold(builder, |builder, change| change(builder, file)).build()
    }
}

fn zstd(level: i32) -> Compression {
    Compression::ZSTD(ZstdLevel::try_new(level).unwrap_or_default())
}

/// Does something for each of the columns that the file has.
fn each(
    builder: WriterPropertiesBuilder,
    file: &TableFile,
    columns: &[&str],
    change: impl Fn(WriterPropertiesBuilder, ColumnPath) -> WriterPropertiesBuilder,
) -> WriterPropertiesBuilder {
    let there = columns.iter().filter(|column| file.schema.index_of(column).is_ok());
    there.fold(builder, |builder, column| change(builder, ColumnPath::from(*column)))
}

fn plain(columns: &'static [&'static str], encoding: Option<Encoding>) -> Change {
    Box::new(move |builder, file| {
        each(builder, file, columns, |builder, column| {
            let builder = builder.set_column_dictionary_enabled(column.clone(), false);
            match encoding {
                Some(encoding) => builder.set_column_encoding(column, encoding),
                None => builder,
            }
        })
    })
}

/// All variants, the one they are measured against first.
pub(crate) fn all() -> Vec<Variant> {
    let mut all = vec![Variant::new("before")];
    for (name, columns) in [
        ("text", &["text"][..]),
        ("payload", &["payload"]),
        ("extra", &["extra"]),
        ("metadata", &["metadata"]),
        ("sent_at_raw", &["sent_at_raw"]),
        ("message_id", &["message_id"]),
        ("conversation_id", &["conversation_id"]),
        ("page", &["page"]),
        ("agent_id", &["agent_id"]),
        (
            "timestamps",
            &["sent_at", "started_at", "ended_at", "first_message_at", "last_message_at", "modified_at"],
        ),
        ("fetched_at", &["fetched_at"]),
        ("turn_index, message_index", &["turn_index", "message_index", "message_count"]),
        ("user_id, user_name, ...", &["user_id", "user_name", "user_email", "user_phone", "_listed"]),
        ("role, type", &["role", "type", "user_action_type"]),
    ] {
        for (word, encoding) in [
            ("plain", None),
            ("delta_length", Some(Encoding::DELTA_LENGTH_BYTE_ARRAY)),
            ("delta_bytes", Some(Encoding::DELTA_BYTE_ARRAY)),
        ] {
            let encoding = match (encoding, name) {
                (
                    Some(Encoding::DELTA_LENGTH_BYTE_ARRAY),
                    "timestamps" | "fetched_at" | "turn_index, message_index",
                ) => Some(Encoding::DELTA_BINARY_PACKED),
                (Some(_), "timestamps" | "fetched_at" | "turn_index, message_index") => continue,
                (encoding, _) => encoding,
            };
            let mut variant = Variant::new(&format!("{name}: {word}"));
            variant.changes.push(plain(columns, encoding));
            all.push(variant);
        }
    }
    all.push(Variant::new("all: plain").and(|builder, _| builder.set_dictionary_enabled(false)));
    for level in [-7, -5, -3, -1, 2, 3] {
        all.push(
            Variant::new(&format!("zstd {level}"))
                .and(move |builder, _| builder.set_compression(zstd(level))),
        );
    }
    all.push(
        Variant::new("uncompressed").and(|builder, _| builder.set_compression(Compression::UNCOMPRESSED)),
    );
    #[cfg(feature = "codecs")]
    for (name, codec) in [("lz4_raw", Compression::LZ4_RAW), ("snappy", Compression::SNAPPY)] {
        all.push(Variant::new(name).and(move |builder, _| builder.set_compression(codec)));
    }
    all.push(
        Variant::new("statistics: none")
            .and(|builder, _| builder.set_statistics_enabled(EnabledStatistics::None)),
    );
    all.push(
        Variant::new("statistics: chunk")
            .and(|builder, _| builder.set_statistics_enabled(EnabledStatistics::Chunk)),
    );
    all.push(Variant::new("statistics: none on texts but keys").and(|builder, file| {
        let texts = file.of_type(|data_type| *data_type == DataType::Utf8);
        let keys: Vec<&str> = file.keys().collect();
        let texts: Vec<&str> = texts.into_iter().filter(|text| !keys.contains(text)).collect();
        each(builder, file, &texts, |builder, column| {
            builder.set_column_statistics_enabled(column, EnabledStatistics::None)
        })
    }));
    all.push(Variant::new("statistics cut at 16").and(|builder, _| {
        builder.set_statistics_truncate_length(Some(16)).set_column_index_truncate_length(Some(16))
    }));
    all.push(Variant::new("offset index off, chunk").and(|builder, _| {
        builder.set_offset_index_disabled(true).set_statistics_enabled(EnabledStatistics::Chunk)
    }));
    for rows in [2_000, 5_000, 1_000_000] {
        all.push(
            Variant::new(&format!("page rows {rows}"))
                .and(move |builder, _| builder.set_data_page_row_count_limit(rows)),
        );
    }
    for kib in [64, 256, 4096] {
        all.push(
            Variant::new(&format!("page size {kib} KiB"))
                .and(move |builder, _| builder.set_data_page_size_limit(kib * 1024)),
        );
    }
    for rows in [256, 4096, 16384] {
        all.push(
            Variant::new(&format!("write batch {rows}"))
                .and(move |builder, _| builder.set_write_batch_size(rows)),
        );
    }
    for kib in [16, 64, 256, 4096] {
        all.push(
            Variant::new(&format!("dictionary {kib} KiB"))
                .and(move |builder, _| builder.set_dictionary_page_size_limit(kib * 1024)),
        );
    }
    all.push(Variant::new("bloom: none").and(|builder, file| {
        file.keys().fold(builder, |builder, key| {
            builder.set_column_bloom_filter_enabled(ColumnPath::from(key), false)
        })
    }));
    for off in ["agent_id", "message_id", "conversation_id"] {
        all.push(Variant::new(&format!("bloom: not {off}")).and(move |builder, file| {
            each(builder, file, &[off], |builder, column| {
                builder.set_column_bloom_filter_enabled(column, false)
            })
        }));
    }
    for ndv in [1 << 10, 1 << 13, 1 << 15] {
        all.push(Variant::new(&format!("bloom: ndv {ndv}")).and(move |builder, file| {
            file.keys().fold(builder, |builder, key| {
                builder.set_column_bloom_filter_max_ndv(ColumnPath::from(key), ndv)
            })
        }));
    }
    all.push(Variant::new("bloom: ndv of rows").and(|builder, file| {
        let ndv = (file.n_rows as u64).clamp(1, 128 * 1024);
        file.keys()
            .fold(builder, |builder, key| builder.set_column_bloom_filter_max_ndv(ColumnPath::from(key), ndv))
    }));
    all.push(Variant::new("bloom: fpp 0.01").and(|builder, file| {
        file.keys()
            .fold(builder, |builder, key| builder.set_column_bloom_filter_fpp(ColumnPath::from(key), 0.01))
    }));
    all.push(
        Variant::new("pages v2 (dictionary, else delta)")
            .and(|builder, _| builder.set_writer_version(WriterVersion::PARQUET_2_0)),
    );
    all.push(Variant::new("pages v2 (dictionary, else plain)").and(|builder, file| {
        let builder = builder.set_writer_version(WriterVersion::PARQUET_2_0).set_encoding(Encoding::PLAIN);
        let _ = file;
        builder
    }));
    all.push(Variant::new("no path in schema").and(|builder, _| builder.set_write_path_in_schema(false)));
    all.push(Variant { input: Input::Dictionary, ..Variant::new("input: dictionary") });
    all.push(Variant { input: Input::View, ..Variant::new("input: view") });
    all.push(Variant::new("nulls uncompressed").and(|builder, file| {
        nulls(builder, file, |builder, column| {
            builder.set_column_compression(column, Compression::UNCOMPRESSED)
        })
    }));
    all.push(Variant::new("nulls without dictionary").and(|builder, file| {
        nulls(builder, file, |builder, column| builder.set_column_dictionary_enabled(column, false))
    }));
    all.extend(combined());
    all
}

/// For each column without a value.
fn nulls(
    builder: WriterPropertiesBuilder,
    file: &TableFile,
    change: impl Fn(WriterPropertiesBuilder, ColumnPath) -> WriterPropertiesBuilder,
) -> WriterPropertiesBuilder {
    let names = file.always_null();
    each(builder, file, &names.iter().map(String::as_str).collect::<Vec<_>>(), change)
}

/// Several changes together.
fn combined() -> Vec<Variant> {
    const WHOLE: &[&str] = &["payload", "extra", "metadata", "sent_at_raw"];
    let delta = |variant: Variant| {
        variant.and(|builder, file| {
            each(builder, file, &file.of_type(is_number), |builder, column| {
                builder
                    .set_column_dictionary_enabled(column.clone(), false)
                    .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED)
            })
        })
    };
    let whole = |mut variant: Variant| {
        variant.changes.push(plain(WHOLE, None));
        variant
    };
    let bloom = |variant: Variant| {
        variant.and(|builder, file| {
            file.keys().fold(builder, |builder, key| {
                builder.set_column_bloom_filter_max_ndv(ColumnPath::from(key), 1 << 13)
            })
        })
    };
    let no_text_statistics = |variant: Variant| {
        variant.and(|builder, file| {
            each(
                builder,
                file,
                &["text", "payload", "extra", "metadata", "sent_at_raw"],
                |builder, column| builder.set_column_statistics_enabled(column, EnabledStatistics::None),
            )
        })
    };
    let level = |variant: Variant, level| variant.and(move |builder, _| builder.set_compression(zstd(level)));
    let abc = |name: &str| bloom(whole(delta(Variant::new(name))));
    vec![
        delta(Variant::new("A: numbers delta")),
        whole(delta(Variant::new("B: A, whole texts plain"))),
        abc("C: B, bloom ndv 8192"),
        no_text_statistics(abc("D: C, no statistics of whole texts")),
        level(abc("E: C, zstd -1"), -1),
        level(abc("F: C, zstd -3"), -3),
        level(no_text_statistics(abc("G: D, zstd -1")), -1),
        level(no_text_statistics(abc("H: D, zstd -3")), -3),
        v2(abc("I: C, pages v2")),
        abc("J: C, numbers uncompressed").and(|builder, file| {
            each(builder, file, &file.of_type(is_number), |builder, column| {
                builder.set_column_compression(column, Compression::UNCOMPRESSED)
            })
        }),
        abc("K: C, constants uncompressed").and(|builder, file| {
            each(builder, file, &["agent_id", "page", "fetched_at"], |builder, column| {
                builder.set_column_compression(column, Compression::UNCOMPRESSED)
            })
        }),
        abc("L: C, write batch 4096").and(|builder, _| builder.set_write_batch_size(4096)),
        abc("M: C, dictionary 16 KiB").and(|builder, _| builder.set_dictionary_page_size_limit(16 * 1024)),
        abc("N: C, text plain").and(|builder, file| {
            each(builder, file, &["text"], |builder, column| {
                builder.set_column_dictionary_enabled(column, false)
            })
        }),
        abc("O: C, dictionary of text 16 KiB").and(|builder, file| {
            each(builder, file, &["text"], |builder, column| {
                builder.set_column_dictionary_page_size_limit(column, 16 * 1024)
            })
        }),
        abc("P: C, fetched_at by dictionary").and(|builder, file| {
            each(builder, file, &["fetched_at"], |builder, column| {
                builder.set_column_dictionary_enabled(column, true)
            })
        }),
        abc("Q: C, indices by dictionary").and(|builder, file| {
            each(builder, file, &["turn_index", "message_index", "message_count"], |builder, column| {
                builder.set_column_dictionary_enabled(column, true)
            })
        }),
        abc("R: C, people plain").and(|builder, file| {
            const PEOPLE: &[&str] = &["user_id", "user_name", "user_email", "user_phone", "_listed"];
            each(builder, file, PEOPLE, |builder, column| {
                builder.set_column_dictionary_enabled(column, false)
            })
        }),
        abc("S: C, ids of conversations plain").and(|builder, file| {
            let ids: &[&str] = if file.table == "conversations" { &["conversation_id"] } else { &[] };
            each(builder, file, ids, |builder, column| builder.set_column_dictionary_enabled(column, false))
        }),
        by_kind("T: by kind", 16, 1 << 16),
        by_kind("U: by kind, 64 KiB", 64, 1 << 16),
        by_kind("V: by kind, 1 MiB", 1024, 1 << 16),
        by_kind("W: by kind, 0", 0, 1 << 16),
        v2(by_kind("X: by kind, v2", 16, 1 << 16)),
        chosen("Z: chosen"),
        v2(chosen("Z2: chosen, v2")),
        chosen("Z3: chosen, batch 4096").and(|builder, _| builder.set_write_batch_size(4096)),
        committed("c0: committed", Encoding::DELTA_LENGTH_BYTE_ARRAY, 64, &[]),
        committed("c1: plain texts", Encoding::PLAIN, 64, &[]),
        committed("c2: c1, 1 MiB", Encoding::PLAIN, 1024, &[]),
        committed(
            "c3: c2, json without",
            Encoding::PLAIN,
            1024,
            &["payload", "extra", "metadata", "user", "feedback"],
        ),
        committed(
            "c4: c3, raw without",
            Encoding::PLAIN,
            1024,
            &["payload", "extra", "metadata", "user", "feedback", "sent_at_raw"],
        ),
        v2(committed(
            "c5: c4, v2",
            Encoding::PLAIN,
            1024,
            &["payload", "extra", "metadata", "user", "feedback", "sent_at_raw"],
        )),
        v2(committed(
            "c6: c4, v2, 64 KiB",
            Encoding::PLAIN,
            64,
            &["payload", "extra", "metadata", "user", "feedback", "sent_at_raw"],
        )),
        v2(committed(
            "c7: c5, text without",
            Encoding::PLAIN,
            1024,
            &["payload", "extra", "metadata", "user", "feedback", "sent_at_raw", "text"],
        )),
        v2(committed(
            "c8: c5, batch 4096",
            Encoding::PLAIN,
            1024,
            &["payload", "extra", "metadata", "user", "feedback", "sent_at_raw"],
        ))
        .and(|builder, _| builder.set_write_batch_size(4096)),
        v2(committed("c9: c1, v2", Encoding::PLAIN, 64, &[])),
        refined("d0: refined", 64, 1024, &[]),
        refined("d1: d0, 64 KiB", 64, 64, &[]),
        refined("d2: d0, text plain", 64, 1024, &["text"]),
        refined("d3: d0, text delta_length", 64, 1024, &["text"]).and(|builder, file| {
            each(builder, file, &["text"], |builder, column| {
                builder.set_column_encoding(column, Encoding::DELTA_LENGTH_BYTE_ARRAY)
            })
        }),
        refined("d4: d0, ids 16 KiB", 16, 1024, &[]),
        refined("d6: d0, whole delta_length", 64, 1024, &[]).and(|builder, file| {
            each(builder, file, &["payload", "extra", "metadata", "sent_at_raw"], |builder, column| {
                builder.set_column_encoding(column, Encoding::DELTA_LENGTH_BYTE_ARRAY)
            })
        }),
        refined("d7: d0, 32 KiB", 32, 32, &[]),
        by_kind("Y: by kind, batch 4096", 16, 1 << 16).and(|builder, _| builder.set_write_batch_size(4096)),
    ]
}

fn is_number(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int32 | DataType::Int64 | DataType::Timestamp(..) | DataType::Date32)
}

fn v2(variant: Variant) -> Variant {
    variant.and(|builder, _| builder.set_writer_version(WriterVersion::PARQUET_2_0)).and(|builder, file| {
        let texts = file.of_type(|data_type| matches!(data_type, DataType::Utf8 | DataType::List(_)));
        each(builder, file, &texts, |builder, column| builder.set_column_encoding(column, Encoding::PLAIN))
    })
}

/// Settings a column's kind decides: numbers as deltas; JSON and texts of many values as they are, the latter after a
/// dictionary of so many KiB; filters sized for so many values, and for few where the key begins.
fn by_kind(name: &str, dictionary_kib: usize, ndv: u64) -> Variant {
    Variant::new(name).and(move |builder, file| {
        let builder = each(builder, file, &file.of_type(is_number), |builder, column| {
            builder
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED)
        });
        let json =
            file.schema.fields().iter().filter(|field| field.metadata().get("convolake.type").is_some());
        let json: Vec<&str> = json.map(|field| field.name().as_str()).collect();
        let builder = each(builder, file, &json, |builder, column| {
            builder.set_column_dictionary_enabled(column, false)
        });
        let keys: Vec<&str> = file.keys().collect();
        let texts = file.of_type(|data_type| *data_type == DataType::Utf8);
        let texts: Vec<&str> = texts
            .into_iter()
            .filter(|text| !keys.contains(text) && *text != "page" && !json.contains(text))
            .collect();
        let builder = each(builder, file, &texts, |builder, column| match dictionary_kib {
            0 => builder.set_column_dictionary_enabled(column, false),
            kib => builder.set_column_dictionary_page_size_limit(column, kib * 1024),
        });
        keys.iter().fold(builder, |builder, key| {
            let ndv = if *key == "agent_id" { 1 << 10 } else { ndv };
            builder.set_column_bloom_filter_max_ndv(ColumnPath::from(*key), ndv)
        })
    })
}

fn chosen(name: &str) -> Variant {
    by_kind(name, 1024, 1 << 16).and(|builder, file| {
        each(builder, file, &["sent_at_raw"], |builder, column| {
            builder.set_column_dictionary_enabled(column, false)
        })
    })
}

fn committed(
    name: &str,
    encoding: Encoding,
    dictionary_kib: usize,
    without: &'static [&'static str],
) -> Variant {
    Variant::new(name).and(move |builder, file| {
        let builder = builder
            .set_dictionary_page_size_limit(dictionary_kib * 1024)
            .set_statistics_enabled(EnabledStatistics::Chunk);
        let builder = each(builder, file, &file.of_type(is_number), |builder, column| {
            builder
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED)
        });
        let texts = file.of_type(|data_type| *data_type == DataType::Utf8);
        let builder =
            each(builder, file, &texts, |builder, column| builder.set_column_encoding(column, encoding));
        let builder = each(builder, file, without, |builder, column| {
            builder.set_column_dictionary_enabled(column, false)
        });
        let times = file.of_type(|data_type| matches!(data_type, DataType::Timestamp(..)));
        let order = ["conversation_id", "turn_index", "message_index", "message_id"];
        let paged: Vec<&str> = times.into_iter().chain(order).collect();
        let builder = each(builder, file, &paged, |builder, column| {
            builder.set_column_statistics_enabled(column, EnabledStatistics::Page)
        });
        let ndv = (file.n_rows as u64).clamp(1, 128 * 1024).next_power_of_two();
        file.keys()
            .fold(builder, |builder, key| builder.set_column_bloom_filter_max_ndv(ColumnPath::from(key), ndv))
    })
}

fn refined(name: &str, key_kib: usize, text_kib: usize, more: &'static [&'static str]) -> Variant {
    const JSON: &[&str] = &["payload", "extra", "metadata", "user", "feedback", "sent_at_raw"];
    let variant = v2(committed(name, Encoding::PLAIN, text_kib, JSON));
    variant.and(move |builder, file| {
        let builder =
            each(builder, file, more, |builder, column| builder.set_column_dictionary_enabled(column, false));
        let keys: Vec<&str> = file.keys().collect();
        each(builder, file, &keys, |builder, column| {
            builder
                .set_column_encoding(column.clone(), Encoding::DELTA_LENGTH_BYTE_ARRAY)
                .set_column_dictionary_page_size_limit(column, key_kib * 1024)
        })
    })
}
