//! Paths of a config bundle, with links resolved: nothing leads out of the allowed roots.
//!
//! The names were compared already when the bundle was verified, and the runtime resolves them
//! again when it opens them. This check in between refuses before what runs is touched.

use std::io;
use std::path::{Path, PathBuf};

use byteor_config::ConfigBundleV1;
use byteor_policy::{Refusal, codes};
use rustix::io::Errno;

use crate::slot::verdict::{Verdict, Why};

/// A path can't be looked at: this host's trouble, and no word about the path.
pub const UNREADABLE: &str = "E_ROOT_UNREADABLE";

/// Checks every path of a config bundle. The agent's own state folder is never a pipeline's,
/// whatever the roots are: it holds the agent's key.
///
/// # Errors
/// Refused with `E_PATH_OUTSIDE_ROOTS`; trouble with `E_ROOT_UNREADABLE`.
pub fn check(config: &ConfigBundleV1, roots: &[String], state: &Path) -> Result<(), Verdict> {
    let state = state.canonicalize().unwrap_or_else(|_| state.to_path_buf());
    let roots: Vec<PathBuf> = roots
        .iter()
        .filter_map(|root| Path::new(root).canonicalize().ok())
        .collect();
    for (field, path) in config.paths() {
        let real = resolve(Path::new(path)).map_err(|error| {
            let message = format!("The path of {field} can't be resolved: {error}.");
            // A dangling link, or one that leads in a circle.
            let is_bad_link = error.kind() == io::ErrorKind::NotFound
                || Errno::from_io_error(&error) == Some(Errno::LOOP);
            if is_bad_link {
                Refusal::new(codes::PATH_OUTSIDE_ROOTS, message).into()
            } else {
                Verdict::Trouble(Why::new(UNREADABLE, &message))
            }
        })?;
        if real.starts_with(&state) {
            return Err(Refusal::new(
                codes::PATH_OUTSIDE_ROOTS,
                format!("The path of {field} leads into the agent's own folder."),
            )
            .into());
        }
        if !roots.iter().any(|root| real.starts_with(root)) {
            return Err(Refusal::new(
                codes::PATH_OUTSIDE_ROOTS,
                format!("The path of {field} leads out of the allowed roots."),
            )
            .into());
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
            .map_err(|verdict| match verdict {
                Verdict::Refused(why) => why.code,
                other => panic!("{other:?}"),
            })
        };
        let outside = || Err("E_PATH_OUTSIDE_ROOTS".to_owned());
        assert_eq!(with("in.log"), Ok(()));
        assert_eq!(with("in/deeper/still/in.log"), Ok(()));
        assert_eq!(with("out/in.log"), outside());
        std::fs::create_dir(data.join("state")).unwrap();
        symlink(data.join("state"), data.join("alias")).unwrap();
        assert_eq!(with("state/agent.json"), outside());
        assert_eq!(with("alias/agent.json"), outside());
        assert_eq!(with("dangling"), outside());
    }
}
