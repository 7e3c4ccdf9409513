//! The `ccc` program: opens the window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> tauri::Result<()> {
    ccc_lib::run()
}
