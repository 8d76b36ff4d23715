//! Links to the next page.

use url::Url;

/// The link as seen from `url`, or what it leads to instead of the same source.
pub(super) fn same_origin(link: &str, url: &Url) -> Result<Url, String> {
    let mut resolved = url.join(link).map_err(|_| "no URL".to_owned())?;
    if !matches!(resolved.scheme(), "http" | "https") {
        return Err(format!("a URL of scheme {}", resolved.scheme()));
    }
    let origin = resolved.origin();
    let has_own_user = (resolved.username(), resolved.password()) != (url.username(), url.password());
    if origin != url.origin() || has_own_user {
        return Err(origin.ascii_serialization());
    }
    resolved.set_fragment(None);
    Ok(resolved)
}
