#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteor_pipeline_laws::merge::check(data));
