//! Sources that refuse, fail, or are none.

use super::case::Case;

/// One stream alone, so that the lines have one order.
const CHECK: &str = "check agentx --stream messages --set params.bot_name=demo-bot --set base_url=";

pub(super) fn cases() -> Vec<Case> {
    let at = |url: &str| -> &'static str { format!("{CHECK}{url}").leak() };
    let answers = [
        "html",
        "empty",
        "text",
        "cut",
        "elsewhere",
        "says-no",
        "gzip",
        "brotli",
        "moved",
        "400",
        "401",
        "402",
        "403",
        "404",
        "410",
        "422",
        "500",
        "503",
    ];
    let mut cases: Vec<Case> = answers.map(|answer| Case::new(at(&format!("SCRIPT/{answer}")))).into();
    cases.extend([
        Case::new(at("SOURCE")).env("AGENTX_API_KEY", "S3cret"),
        Case::new(at("http://127.0.0.1:9")),
        Case::new(at("http://no-such-host.invalid")),
        Case::new(at("http://no-such-host.invalid")).env("HTTPS_PROXY", "http://ann:S3cret@127.0.0.1:9"),
        Case::new(at("SOURCE")).env("SSL_CERT_FILE", "/no/such/file").env("SSL_CERT_DIR", "/no/such/folder"),
    ]);
    cases
}
