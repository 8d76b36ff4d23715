//! A pipeline with the schemas and tables it names: read from files, checked as a whole, asked by everybody.

pub(crate) mod advice;
pub(crate) mod load;
pub(crate) mod builtin;
pub(crate) mod schema_files;
pub(crate) mod settings;
pub(crate) mod own_files;
pub(crate) mod streams;
pub(crate) mod param_columns;
pub(crate) mod load_tables;
pub(crate) mod declared_counts;
pub(crate) mod by_parent;
pub(crate) mod deletion_scope;
pub(crate) mod delta_names;
