//! The `ccc` program: opens the window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

/// Overwrites what is freed: keys inside ring, and every string a command handled.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> tauri::Result<()> {
    ccc_lib::run()
}
