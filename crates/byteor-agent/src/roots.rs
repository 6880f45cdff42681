//! Paths of a config bundle, with links resolved: nothing leads out of the allowed roots.
//!
//! The names were compared already when the bundle was verified, and the runtime resolves them
//! again when it opens them. This check in between refuses before what runs is touched.

use std::io;
use std::path::{Path, PathBuf};

use byteor_config::ConfigBundleV1;
use byteor_policy::{Refusal, codes};

/// Checks every path of a config bundle. The agent's own state folder is never a pipeline's,
/// whatever the roots are: it holds the agent's key.
///
/// # Errors
/// `E_PATH_OUTSIDE_ROOTS`
pub fn check(config: &ConfigBundleV1, roots: &[String], state: &Path) -> Result<(), Refusal> {
    let state = state.canonicalize().unwrap_or_else(|_| state.to_path_buf());
    let roots: Vec<PathBuf> = roots
        .iter()
        .filter_map(|root| Path::new(root).canonicalize().ok())
        .collect();
    for (field, path) in config.paths() {
        let real = resolve(Path::new(path)).map_err(|error| {
            Refusal::new(
                codes::PATH_OUTSIDE_ROOTS,
                format!("The path of {field} can't be resolved: {error}."),
            )
        })?;
        if real.starts_with(&state) {
            return Err(Refusal::new(
                codes::PATH_OUTSIDE_ROOTS,
                format!("The path of {field} leads into the agent's own folder."),
            ));
        }
        if !roots.iter().any(|root| real.starts_with(root)) {
            return Err(Refusal::new(
                codes::PATH_OUTSIDE_ROOTS,
                format!("The path of {field} leads out of the allowed roots."),
            ));
        }
    }
    Ok(())
}

/// The real path of the deepest part that exists. What doesn't exist yet can't be a link.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    for ancestor in path.ancestors() {
        match ancestor.symlink_metadata() {
            // A dangling link fails here, and is refused.
            Ok(_) => return ancestor.canonicalize(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from(io::ErrorKind::NotFound))
}

#[cfg(test)]
mod tests {
    use super::*;
    use byteor_config::Posture;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_out_of_the_roots_is_refused_and_one_within_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        let (data, other) = (base.join("data"), base.join("other"));
        std::fs::create_dir_all(data.join("inner")).unwrap();
        std::fs::create_dir(&other).unwrap();
        symlink(&other, data.join("out")).unwrap();
        symlink(data.join("inner"), data.join("in")).unwrap();
        symlink(base.join("nowhere"), data.join("dangling")).unwrap();
        let roots = vec![data.to_string_lossy().into_owned()];
        let with = |input: &str| {
            let path = |name: &str| data.join(name).to_string_lossy().into_owned();
            check(
                &ConfigBundleV1::file_to_file(Posture::Dev, &path(input), &path("o"), &path("r")),
                &roots,
                &data.join("state"),
            )
            .map_err(|refusal| refusal.code)
        };
        assert_eq!(with("in.log"), Ok(()));
        assert_eq!(with("in/deeper/still/in.log"), Ok(()));
        assert_eq!(with("out/in.log"), Err("E_PATH_OUTSIDE_ROOTS"));
        std::fs::create_dir(data.join("state")).unwrap();
        symlink(data.join("state"), data.join("alias")).unwrap();
        assert_eq!(with("state/agent.json"), Err("E_PATH_OUTSIDE_ROOTS"));
        assert_eq!(with("alias/agent.json"), Err("E_PATH_OUTSIDE_ROOTS"));
        assert_eq!(with("dangling"), Err("E_PATH_OUTSIDE_ROOTS"));
    }
}
