//! The tables: which rooms a crate has, and in which order.

/// A crate's rooms from the base up: each may name those before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layers {
    /// The folder under `crates/`.
    pub(super) folder: &'static str,
    pub(super) rooms: &'static [&'static str],
}

/// What `lint` and `test` hold. A crate that is not here is not checked.
pub(super) const AGREED: &[Layers] = &[Layers {
    folder: "cli",
    rooms: &[
        "failure",
        "arguments",
        "terminal",
        "render",
        "progress",
        "environment",
        "signals",
        "simulate",
        "init",
        "marts",
        "demo",
        "execute",
    ],
}];

/// Tables that are not agreed on: `cargo xtask rooms` tells what speaks against them, and fails for none of it.
pub(super) const DRAFTS: &[Layers] = &[
    Layers {
        folder: "engine",
        rooms: &[
            "outcome",
            "error",
            "run_id",
            "events",
            "project",
            "state",
            "report",
            "session",
            "source",
            "reads",
            "completeness",
            "ingest",
            "run",
            "flatten",
            "replay",
            "plan",
            "check",
            "status",
            "verify",
        ],
    },
    Layers {
        folder: "loader",
        rooms: &[
            "error",
            "location",
            "paths",
            "rows",
            "table",
            "storage",
            "lease",
            "quarantine",
            "raw",
            "spill",
            "index",
            "publish",
            "resolve",
            "load",
            "verify",
            "lake",
        ],
    },
    Layers {
        folder: "extractor",
        rooms: &[
            "digest",
            "lock",
            "envelope",
            "pace",
            "plan",
            "transport",
            "error",
            "pages",
            "extractor",
            "fakes",
        ],
    },
    Layers { folder: "transformer", rooms: &["page", "columns", "compile", "reader", "walk", "flatten"] },
];
