//! What columns of Delta tables cannot be called.

use convolake_loader::is_delta_column;
use convolake_model::{ConfigError, Tree};

use crate::Project;

impl Project {
    /// Refuses columns that a Delta table cannot have, where the pipeline asks for such tables.
    pub(crate) fn check_delta_names(&self) -> Result<(), ConfigError> {
        if !self.pipeline.publish.contains(&Tree::Delta) {
            return Ok(());
        }
        for (table, of) in &self.tables {
            if let Some(column) = of.columns.keys().find(|column| !is_delta_column(column)) {
                let message = format!("`{column}` of {table} cannot be a column of a Delta table");
                let hint = "its name may have no space and none of , ; { } ( ) = there; call it otherwise, or publish: [plain]";
                return Err(ConfigError::new(&self.file, 0, message).with_hint(Some(hint.to_owned())));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_delta_does_not_know_is_refused_before_anything_is_asked_for() {
        let mut project = Project::load("agentx", &[]).unwrap();
        project.pipeline.publish = vec![Tree::Plain, Tree::Delta];
        assert_eq!(project.check_delta_names(), Ok(()));
        let messages = project.tables.get_mut("messages").unwrap();
        let column = messages.columns["text"].clone();
        messages.columns.insert("its text".to_owned(), column);
        let refused = project.check_delta_names().unwrap_err().to_string();
        assert!(refused.contains("`its text` of messages"), "{refused}");
        project.pipeline.publish = vec![Tree::Plain];
        assert_eq!(project.check_delta_names(), Ok(()));
    }
}
