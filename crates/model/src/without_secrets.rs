//! Texts as they may stand in an error.

/// What stands for what is left out.
const HIDDEN: &str = "[hidden]";

/// A text that may be a URL, as it may be shown: without user and password, and without what stands behind `?` or `#`.
///
/// A password may hold any character, also those that a URL would have to escape, so all up to the last `@` is left out.
pub fn without_secrets(text: &str) -> String {
    let scheme = scheme_length(text);
    let before_host =
        [text.rfind('@').map(|at| at + 1), text.to_ascii_lowercase().rfind("%40").map(|at| at + 3)];
    let host = before_host.into_iter().flatten().max().filter(|host| {
        // `./data@home` is a folder.
        *host > scheme && (scheme > 0 || text[..*host].contains(':'))
    });
    let mut shown = String::new();
    let rest = match host {
        // What follows may belong to a query, or to a password that holds a `?`.
        Some(host) if text[..host].contains(['?', '#']) => {
            shown.push_str(&text[..scheme]);
            shown.push_str(HIDDEN);
            ""
        }
        Some(host) => {
            shown.push_str(&text[..scheme]);
            shown.push_str(HIDDEN);
            shown.push('@');
            &text[host..]
        }
        None => text,
    };
    match rest.find(['?', '#']) {
        Some(at) => {
            shown.push_str(&rest[..=at]);
            shown.push_str(HIDDEN);
        }
        None => shown.push_str(rest),
    }
    shown
}

/// The bytes of `https://`, also where slashes are missing; 0 where no scheme stands there.
fn scheme_length(text: &str) -> usize {
    let Some(colon) = text.find(':') else { return 0 };
    let is_scheme =
        text[..colon].bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let slashes = text[colon + 1..].bytes().take_while(|byte| *byte == b'/').count();
    if is_scheme && colon > 0 && slashes > 0 { colon + 1 + slashes } else { 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn users_passwords_and_queries_are_left_out() {
        for (text, expected) in [
            ("https://ann:S3cret@h.invalid/p", "https://[hidden]@h.invalid/p"),
            ("https://S3cret@h.invalid", "https://[hidden]@h.invalid"),
            ("https://ann:S3/c?r#e@t@h.invalid", "https://[hidden]"),
            ("https://ann:S3/cr@et@h.invalid", "https://[hidden]@h.invalid"),
            ("https://ann:S3cret%40h.invalid", "https://[hidden]@h.invalid"),
            ("https://h.invalid/p?api_key=S3cret", "https://h.invalid/p?[hidden]"),
            ("https://h.invalid/p#S3cret", "https://h.invalid/p#[hidden]"),
            ("s3://ID:S3cret@bucket/p", "s3://[hidden]@bucket/p"),
            ("s3:/ID:S3cret@bucket", "s3:/[hidden]@bucket"),
            ("ann:S3cret@h.invalid", "[hidden]@h.invalid"),
            ("./data@home", "./data@home"),
            ("s3://bucket/p", "s3://bucket/p"),
            ("", ""),
        ] {
            assert_eq!(without_secrets(text), expected);
        }
    }

    proptest! {
        #[test]
        fn no_password_is_shown(password in "[ -~üß]{0,12}", host in "[a-z.]{1,8}") {
            let canary = format!("S3cret{password}S3cret");
            let shown = without_secrets(&format!("https://ann:{canary}@{host}/p?k={canary}"));
            prop_assert!(!shown.contains("S3cret"), "{}", shown);
        }
    }
}
