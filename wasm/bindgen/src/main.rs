//! `byteor-wasm-bindgen CODE FOLDER`: makes the JavaScript and the types of a WebAssembly module as
//! `wasm-bindgen CODE --target web --typescript --out-dir FOLDER` does. The program of that name has a test
//! runner with a web server and a client in it, and takes three times as long to build.

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut words = std::env::args_os().skip(1);
    let mut next = || {
        words
            .next()
            .context("usage: byteor-wasm-bindgen CODE FOLDER")
    };
    let (code, folder) = (next()?, next()?);
    Bindgen::new()
        .input_path(code)
        .web(true)?
        .typescript(true)
        .omit_default_module_path(false)
        .generate(folder)
}
