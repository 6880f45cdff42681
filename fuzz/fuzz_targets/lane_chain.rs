#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteor_lane_laws::lane_chain::check(data));
