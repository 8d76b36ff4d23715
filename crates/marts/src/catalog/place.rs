//! Where Polars finds the files of a lake, and with which settings.

use convolake_engine::Location;
use polars::io::cloud::CloudOptions;
use polars::prelude::{CloudScheme, PlRefPath};

use crate::failure::{Failure, of_polars};

/// The root of a lake, as Polars is given it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Ends with a slash.
    root: String,
    /// How a bucket is reached; `None` for a folder.
    pub(crate) cloud: Option<CloudOptions>,
}

/// Where no variable names a region.
const USUAL_REGION: &str = "us-east-1";

impl Place {
    /// # Errors
    /// A setting that Polars does not take.
    pub(crate) fn of(location: &Location) -> Result<Self, Failure> {
        match location {
            Location::Folder(folder) => {
                let folder = folder.to_str().ok_or_else(|| {
                    let message = format!("the path of the lake {} is no UTF-8", folder.display());
                    Failure::misuse(message, Some("rename its folders".to_owned()))
                })?;
                Ok(Self { root: format!("{}/", folder.trim_end_matches('/')), cloud: None })
            }
            Location::Bucket { bucket, prefix } => {
                let slash = if prefix.is_empty() { "" } else { "/" };
                // Keys and endpoint come from the AWS_* variables, as with the loader. Without a region Polars would ask for it.
                let names = ["AWS_REGION", "AWS_DEFAULT_REGION"];
                let region = names.iter().find_map(|name| std::env::var(name).ok());
                let region = region.unwrap_or_else(|| USUAL_REGION.to_owned());
                let cloud =
                    CloudOptions::from_untyped_config(Some(CloudScheme::S3), [("aws_region", region)])
                        .map_err(|error| of_polars("connecting to the store", &error))?;
                Ok(Self { root: format!("s3://{bucket}/{prefix}{slash}"), cloud: Some(cloud) })
            }
        }
    }

    /// The path of a file by its name within the lake.
    pub(crate) fn path(&self, name: &str) -> PlRefPath {
        PlRefPath::new(format!("{}{name}", self.root))
    }

    /// The name of a file within the lake by its path.
    pub(crate) fn name<'a>(&self, path: &'a PlRefPath) -> Option<&'a str> {
        path.as_str().strip_prefix(self.root.as_str())
    }
}
