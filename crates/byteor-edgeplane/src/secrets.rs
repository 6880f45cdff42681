//! The secrets that stage keys name: read from the host's files, at startup, and never shown.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use byteor_adapters::roots::{Access, Roots};
use byteor_config::{ConfigBundleV1, SecretReference, Surroundings, validate_in};
use byteor_pipeline_exec::ResolveError;
use byteor_pipeline_stages::{Secrets, build_with};
use byteor_policy::CheckedSpec;
use byteor_runtime::failure::{Exit, Failure};
use byteor_runtime::stages::Stage;

/// The fewest bytes of a secret that others can try: by asking this host, or from what a stage made with
/// it. Shorter ones are guessed.
const UNGUESSED: usize = 16;
/// The field of a side that takes what clients of this host prove themselves by.
const PROOF_OF_CLIENTS: &str = "ingress.token";
/// The most bytes of a secret.
const LONGEST: usize = 4096;

/// The secrets of one run. Nothing prints them.
pub struct HostSecrets {
    values: BTreeMap<String, Vec<u8>>,
}

impl HostSecrets {
    /// Reads the secrets of a config bundle, under `roots`. They must be exactly those that the
    /// spec's keys use, and the bundle must wire its boundaries.
    pub fn read(
        bundle: &ConfigBundleV1,
        spec: &CheckedSpec,
        roots: &Roots,
    ) -> Result<Self, Failure> {
        let all: Vec<String> = bundle.secrets.iter().map(|one| one.name.clone()).collect();
        Self::read_some(bundle, spec, roots, &all)
    }

    /// The same, of which only those that are named are read: a file that nobody needs isn't touched.
    pub fn read_some(
        bundle: &ConfigBundleV1,
        spec: &CheckedSpec,
        roots: &Roots,
        names: &[String],
    ) -> Result<Self, Failure> {
        let surroundings = Surroundings {
            secrets: Some(&spec.secrets),
            boundaries: Some(spec.boundaries()),
            ..Surroundings::default()
        };
        if let Some(issue) = validate_in(bundle, &surroundings).first() {
            return Err(Failure::new(
                Exit::Input,
                &issue.code,
                issue.message.clone(),
                issue.help.clone(),
            ));
        }
        // What a peer asks for is as long as the peer has it.
        let proofs = bundle.adapter_secrets().into_iter();
        let proofs = proofs.filter(|(field, _)| field == PROOF_OF_CLIENTS);
        let proofs: Vec<String> = proofs.map(|(_, name)| name).collect();
        let is_tried = |name: &String| spec.secrets.contains(name) || proofs.contains(name);
        let mut values = BTreeMap::new();
        let wanted = bundle
            .secrets
            .iter()
            .filter(|secret| names.contains(&secret.name));
        for secret in wanted {
            let shortest = match is_tried(&secret.name) {
                true => UNGUESSED,
                false => 1,
            };
            values.insert(secret.name.clone(), read_file(secret, shortest, roots)?);
        }
        Ok(Self { values })
    }

    /// The stage of a key, with the secret that it names.
    pub fn stage(&self, key: &str) -> Result<Stage, ResolveError> {
        build_with(key, self).map_err(|error| ResolveError {
            code: error.code.to_owned(),
            message: error.message,
        })
    }
}

impl Secrets for HostSecrets {
    fn secret(&self, name: &str) -> Option<&[u8]> {
        self.values.get(name).map(Vec::as_slice)
    }
}

fn read_file(secret: &SecretReference, shortest: usize, roots: &Roots) -> Result<Vec<u8>, Failure> {
    let path = Path::new(&secret.path);
    let name = &secret.name;
    let help =
        "let the user that runs the pipeline read the file, or correct `path` in the config bundle";
    let mut file = roots.open(path, Access::Read).map_err(|error| {
        let failure = Failure::from(error.or_io("E_SECRET_READ", "open a secret", path, help));
        match failure.code.as_str() {
            "E_SECRET_READ" => Failure {
                exit: Exit::Input,
                ..failure
            },
            _ => failure,
        }
    })?;
    let mut value = Vec::new();
    let unreadable = |error: std::io::Error| {
        Failure::new(
            Exit::Input,
            "E_SECRET_READ",
            format!("the file of the secret `{name}` can't be read: {error}"),
            help,
        )
    };
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Failure::new(
            Exit::Input,
            "E_SECRET_READ",
            format!("the path of the secret `{name}` names no regular file"),
            help,
        ));
    }
    (&mut file)
        .take(LONGEST as u64 + 3)
        .read_to_end(&mut value)
        .map_err(unreadable)?;
    // Editors and `echo` end a file with a line feed, which nobody means as part of the secret.
    for end in [b'\n', b'\r'] {
        if value.last() == Some(&end) {
            value.pop();
        }
    }
    let refused = |why: &str, help: &str| {
        let message = format!("the secret `{name}` {why}");
        Err(Failure::new(Exit::Input, "E_SECRET_LENGTH", message, help))
    };
    match value.len() {
        0 => refused("is empty", "write it into the file, in one line"),
        short if short < shortest => refused(
            &format!("has less than {shortest} bytes, and others could guess it"),
            "write a longer random one to the file, for example by `openssl rand -hex 32`",
        ),
        long if long > LONGEST => refused(
            &format!("has more than {LONGEST} bytes"),
            "name the file that has the secret alone, in one line",
        ),
        _ => Ok(value),
    }
}
