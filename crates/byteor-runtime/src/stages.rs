//! Which stage keys this build can run.

use byteor_pipeline_exec::ResolveError;
use byteor_pipeline_stages::build;

/// The pure stages that every build has; a key of another family is refused at startup.
pub fn pure_stages(_id: &str, key: &str) -> Result<Stage, ResolveError> {
    build(key).map_err(|error| ResolveError {
        code: error.code.to_owned(),
        message: error.message,
    })
}

/// A stage that can run.
pub type Stage = Box<dyn byteor_pipeline_kernel::Stage>;
