//! Schemas that cannot be compiled.

/// A schema that the model accepts and that still cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table {table}, column {column}: {message}")]
pub struct CompileError {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// What cannot be done.
    pub message: String,
}
