//! Streams of events, as a fuzzer makes them up.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::hunt(fuzz::sse::hold, bytes));
