//! A user's own project: one pipeline `x` with a stream `t`, its schema, its tables, in a folder of its own.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::convolake::Convolake;
use crate::lake::Lake;

pub(crate) struct OwnProject {
    folder: TempDir,
}

impl OwnProject {
    /// `stream` is what stands at `streams: t:`, in YAML's flow style; `schema` the file of its mapping. The built-in tables can be
    /// mapped into; others are given by [`Self::table`].
    pub(crate) fn new(stream: &str, schema: &str) -> Self {
        Self::with_pipeline(
            &format!(
                "name: x\nbase_url: http://127.0.0.1:9\nauth: {{ header: authorization, env: AGENTX_API_KEY }}\n\
                 rate_limit: {{ requests_per_second: 500 }}\nstreams:\n  t: {stream}\n"
            ),
            schema,
        )
    }

    /// The pipeline's file is given whole; the stream's schema is `x/t`.
    pub(crate) fn with_pipeline(pipeline: &str, schema: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let project = Self { folder };
        project.write("pipelines/x.yaml", pipeline);
        project.write("schemas/x/t.yaml", schema);
        project
    }

    /// A table `name` with the key `id`, a timestamp `at` that it is partitioned by, and `columns`, a line of YAML each.
    pub(crate) fn table(self, name: &str, columns: &[&str]) -> Self {
        let mut text = "key: [id]\npartition: { date: at }\norder: [id]\ncolumns:\n  id: { type: string, required: true }\n".to_owned();
        for column in columns {
            text += &format!("  {column}\n");
        }
        text += "  at: { type: timestamp }\n  extra: { type: json }\n  fetched_at: { type: timestamp, required: true }\n  page: { type: string, required: true }\n";
        self.write(&format!("schemas/tables/{name}.yaml"), &text);
        self
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// `run` from `base_url` into the lake, the report on stdout.
    pub(crate) fn run(&self, base_url: &str, lake: &Lake) -> Convolake {
        Convolake::new(&["run", "pipelines/x.yaml"])
            .folder(self.path())
            .to(lake)
            .set(&format!("base_url={base_url}"))
            .json()
    }

    /// `flatten` of files, given in this order, into the lake.
    pub(crate) fn flatten(&self, files: &[&Path], lake: &Lake) -> Convolake {
        let call = Convolake::new(&["flatten", "pipelines/x.yaml/t"]).folder(self.path());
        files.iter().fold(call, |call, file| call.arg(file)).to(lake).json().without_keys()
    }
}
