//! An empty window: Tauri alone with one page of one colour. What the window costs is measured against it.
//!
//! With `--painted-as-ccc` it paints as CCC does on this machine; without, as Tauri does by itself.

use ccc_lib::painting;
use tauri::{Url, WebviewUrl, WebviewWindowBuilder, http::Response};

/// Filled with CCC's accent colour, so that the first painted frame of both is found in the same way.
const PAGE: &str =
    "<!doctype html><meta charset=\"utf-8\"><title>Empty</title><body style=\"margin:0;background:#1f5f59\"></body>";

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .register_uri_scheme_protocol("empty", |_, _| {
            let mut page = Response::new(PAGE.as_bytes());
            let kind = tauri::http::HeaderValue::from_static("text/html");
            page.headers_mut().insert(tauri::http::header::CONTENT_TYPE, kind);
            page
        })
        .setup(|app| {
            let page = WebviewUrl::CustomProtocol(Url::parse("empty://localhost/")?);
            let window = WebviewWindowBuilder::new(app, "main", page)
                .title("Empty")
                .inner_size(1180.0, 780.0)
                .build()?;
            if std::env::args().any(|arg| arg == "--painted-as-ccc") {
                painting::suit_machine(&window)?;
            }
            Ok(())
        })
        .run(tauri::generate_context!())
}
