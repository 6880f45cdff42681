#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| indexbus_laws::lane_sequencer::check(data));
