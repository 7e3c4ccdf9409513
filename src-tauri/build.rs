//! Hands Tauri the capability and permission files, which live beside the shell's sources instead of at the root.

use std::error::Error;

use tauri_build::{AppManifest, Attributes};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    // Built while ui/dist is empty, the program would know no page, and nothing would say that it is out of date.
    println!("cargo:rerun-if-changed=ui/dist");
    // `AppManifest::commands` stays unset: it would write generated permissions into the root, and the hand-written
    // ones already make every command denied that no capability grants.
    let manifest = AppManifest::new().permissions_path_pattern("src-tauri/permissions/*.toml");
    let attributes = Attributes::new()
        .capabilities_path_pattern("src-tauri/capabilities/*.json")
        .app_manifest(manifest);
    Ok(tauri_build::try_build(attributes)?)
}
