//! How the webview paints, on machines without a graphics processor.
//!
//! WebKitGTK composes its pictures through OpenGL. Where no graphics processor can be used, OpenGL itself runs on the
//! processor: on two cores every frame of a scrolled transcript then took 30 ms of computing for composing alone, and
//! 3 ms when it was painted straight to the window.

#[cfg(target_os = "linux")]
use std::{fs, path::Path};

use tauri::{Runtime, WebviewWindow};

/// Where Linux lists the graphics processors that programs may use, one `renderD…` each.
#[cfg(target_os = "linux")]
const DEVICES: &str = "/dev/dri";

/// Has the webview paint straight to the window where there is no graphics processor. Call it before the first frame.
///
/// # Errors
/// [`tauri::Error`] when the webview is gone already.
#[cfg(target_os = "linux")]
pub fn suit_machine<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};

    if has_graphics_processor(Path::new(DEVICES)) {
        return Ok(());
    }
    window.with_webview(|webview| {
        if let Some(settings) = webview.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

/// The webviews of the other systems see to it themselves.
#[cfg(not(target_os = "linux"))]
pub fn suit_machine<R: Runtime>(_window: &WebviewWindow<R>) -> tauri::Result<()> {
    Ok(())
}

#[cfg(target_os = "linux")]
fn has_graphics_processor(devices: &Path) -> bool {
    let Ok(mut entries) = fs::read_dir(devices) else {
        return false;
    };
    entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("renderD")))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_only_shows_pictures_is_no_graphics_processor() {
        let folder = tempfile::tempdir().unwrap();
        assert!(
            !has_graphics_processor(&folder.path().join("dri")),
            "a system without the folder has none"
        );
        fs::write(folder.path().join("card0"), "").unwrap();
        assert!(!has_graphics_processor(folder.path()), "a screen is no processor");
        fs::write(folder.path().join("renderD128"), "").unwrap();
        assert!(has_graphics_processor(folder.path()));
    }
}
