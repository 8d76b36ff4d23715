//! `flatten`: page files to tables, no network.

pub(crate) mod command;
pub(crate) mod lake_around;
pub(crate) mod only_params;
pub(crate) mod page_buffers;
pub(crate) mod page_files;
pub(crate) mod read_again;

#[cfg(test)]
mod tests;
