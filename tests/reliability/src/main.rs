//! Breaks what stands under a profile, and counts what is lost: the process is killed, the power fails, calls to the disk
//! fail, bits flip, the keychain misbehaves, somebody tampers or guesses, a fuzzer makes bytes up.
//!
//! Each row of the scorecard runs a program that works on a profile and says, line by line, what it was told is durable
//! ([`work`]). Something is broken, the profile is opened again, and every word is held against what is there
//! ([`promise`]). `disk.c` stands between that program and its disk where calls are recorded or made to fail; [`crash`]
//! makes of a record the states that a cut of power may leave.
//!
//! Each row also breaks a guard and must then find a loss: a row whose control finds none has shown nothing.
//!
//! Start reading at [`rows`]. Linux only: elsewhere it says so and ends.

#[cfg(target_os = "linux")]
mod crash;
#[cfg(target_os = "linux")]
mod disk;
mod error;
#[cfg(target_os = "linux")]
mod kept;
#[cfg(target_os = "linux")]
mod machine;
#[cfg(target_os = "linux")]
mod profile;
#[cfg(target_os = "linux")]
mod promise;
#[cfg(target_os = "linux")]
mod rows;
#[cfg(target_os = "linux")]
mod score;
#[cfg(target_os = "linux")]
mod trace;
#[cfg(target_os = "linux")]
mod work;

/// Overwrites what is freed, as in the window: without it nothing could be said of keys in memory.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    rows::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> Result<(), error::Error> {
    Err(error::Error::System)
}
