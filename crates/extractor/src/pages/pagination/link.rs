//! Links to the next page.

use url::Url;

/// The link as seen from `url`, at the origin of that; or what it leads to instead of the same source.
///
/// A source behind a proxy that ends TLS may link to itself by `http`, or without the proxy's port. It is asked at its own origin
/// all the same, so the key goes nowhere else.
pub(super) fn same_origin(link: &str, url: &Url) -> Result<Url, String> {
    let mut resolved = url.join(link).map_err(|_| "no URL".to_owned())?;
    if !matches!(resolved.scheme(), "http" | "https") {
        return Err(format!("a URL of scheme {}", resolved.scheme()));
    }
    let origin = resolved.origin();
    let has_own_user = (resolved.username(), resolved.password()) != (url.username(), url.password());
    let is_of_port = resolved.port().is_none_or(|port| Some(port) == url.port_or_known_default());
    if resolved.host() != url.host() || !is_of_port || has_own_user {
        return Err(origin.ascii_serialization());
    }
    if origin != url.origin() {
        let mut at_source = url.clone();
        at_source.set_path(resolved.path());
        at_source.set_query(resolved.query());
        resolved = at_source;
    }
    resolved.set_fragment(None);
    Ok(resolved)
}
