//! `flatten`: page files to tables, no network.

pub(crate) mod command;
mod documents;
mod gzip;
pub(crate) mod lake_around;
pub(crate) mod only_params;
mod opened;
pub(crate) mod page_buffers;
pub(crate) mod page_files;
pub(crate) mod read_again;

#[cfg(test)]
mod tests;
