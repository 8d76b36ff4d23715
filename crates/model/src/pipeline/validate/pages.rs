//! `pages:`: pagination.

use super::stream;
use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::pipeline::written::PagesWritten;
use crate::pipeline::{NumberedPages, PageSize, Pagination};

const DEFAULT_MAX_PAGES: u32 = 1_000_000;

/// How one answer leads to the next.
pub(super) fn pages(
    config: &ConfigText<'_>,
    at: &[&str],
    pages: &PagesWritten,
) -> Result<Pagination, ConfigError> {
    let places = [
        ("cursor", &pages.cursor),
        ("next_link", &pages.next_link),
        ("more", &pages.more),
        ("last", &pages.last),
        ("total", &pages.total),
    ];
    for (field, pointer) in places {
        let at: Vec<&str> = at.iter().copied().chain([field]).collect();
        stream::check_place(config, &at, field, pointer.as_ref())?;
    }
    if pages.more_is.is_some() && pages.more.is_none() {
        return Err(config.error(at, "`more_is` needs `more`, the place of the flag"));
    }
    let cursor = match (&pages.cursor, &pages.param) {
        (Some(pointer), Some(param)) => Some((pointer.clone(), param.clone())),
        (None, None) => None,
        (Some(_), None) => {
            return Err(config.error(at, "`cursor` needs `param`, the query parameter that takes it"));
        }
        (None, Some(_)) => {
            return Err(config.error(at, "`param` needs `cursor`, the place of the next cursor"));
        }
    };
    let numbered = pages
        .number
        .as_ref()
        .map(|param| NumberedPages { param: param.clone(), first: pages.first.unwrap_or(1) });
    let size = match &pages.size {
        Some(size) if size.sizes.is_empty() || size.sizes.contains(&0) => {
            return Err(config.error(at, "`sizes` needs at least one page size above 0"));
        }
        Some(size) => Some(PageSize { param: size.param.clone(), sizes: size.sizes.clone() }),
        None => None,
    };
    Ok(Pagination {
        cursor,
        next_link: pages.next_link.clone(),
        numbered,
        more: pages.more.clone(),
        more_is: pages.more_is.unwrap_or(true),
        last: pages.last.clone(),
        total: pages.total.clone(),
        size,
        max_pages: pages.max_pages.unwrap_or(DEFAULT_MAX_PAGES),
    })
}
