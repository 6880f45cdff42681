//! `codegen`: the Rust types of `spec/byteor_v1.proto`, so that builds need neither `protoc` nor a build
//! script.

use std::path::Path;

const PROTO: &str = "spec/byteor_v1.proto";

/// The file that is written.
pub const FILE: &str = "crates/byteor-adapters/src/net/grpc/generated.rs";

const HEAD: &str = "\
// Generated from spec/byteor_v1.proto by `cargo run -p xtask -- codegen`. Don't edit.

";

/// Its text.
pub fn types(root: &Path) -> Result<String, String> {
    let folder = root.join("spec");
    let described = protox::compile([root.join(PROTO)], [folder]);
    let described = described.map_err(|error| format!("{PROTO}: {error}"))?;
    let out = root.join("target/proto");
    let doing = |error: std::io::Error| format!("{}: {error}", out.display());
    std::fs::create_dir_all(&out).map_err(doing)?;
    tonic_prost_build::configure()
        .build_transport(false)
        .emit_rerun_if_changed(false)
        .extern_path(".byteor.v1.Batch", "crate::net::grpc::Batch")
        .out_dir(&out)
        .compile_fds(described)
        .map_err(|error| format!("{PROTO}: {error}"))?;
    let text = std::fs::read_to_string(out.join("byteor.v1.rs")).map_err(doing)?;
    Ok(format!("{HEAD}{text}"))
}
