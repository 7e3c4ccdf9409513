//! Opens the window and holds what runs in it inside.

use tauri::{
    AppHandle, Manager, Runtime, Url, Webview, WebviewUrl, WebviewWindowBuilder, WindowEvent,
    webview::{NewWindowResponse, PageLoadEvent, PageLoadPayload},
};

use crate::{painting, state::AppState};

/// Where every request the webview makes by itself goes: the discard port of this machine, where nothing answers.
///
/// A content security policy does not cover navigation or connection hints, and a bare TCP connection was seen to leave
/// a webview held by a policy alone.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Opens the main window: our own pages only, no second window, no network of the webview's own.
///
/// # Errors
/// [`tauri::Error`] when the window or its webview cannot be made.
pub fn open<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let dev_url = app.config().build.dev_url.clone().filter(|_| tauri::is_dev());
    let mut builder = WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
        .title("CCC")
        .inner_size(1180.0, 780.0)
        .min_inner_size(640.0, 480.0)
        .on_navigation(move |url| is_ours(url, dev_url.as_ref()))
        .on_new_window(|_, _| NewWindowResponse::Deny);
    // The development server is reached over the network that this proxy takes away.
    if !tauri::is_dev()
        && let Ok(nowhere) = Url::parse(NOWHERE)
    {
        builder = builder.proxy_url(nowhere);
    }
    let window = builder.build()?;
    let handle = app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event
            && !handle.state::<AppState>().may_close()
        {
            api.prevent_close();
        }
    });
    painting::suit_machine(&window)
}

/// Lets those go who listened from the page before. What runs goes on and is attached to again.
pub fn page_loads<R: Runtime>(webview: &Webview<R>, load: &PageLoadPayload<'_>) {
    if load.event() == PageLoadEvent::Started {
        webview.state::<AppState>().page_left();
    }
}

/// Whether `url` is a page of this app, under the scheme it has on Linux and macOS or the host it has on Windows.
fn is_ours(url: &Url, dev_url: Option<&Url>) -> bool {
    let bundled = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => url.host_str() == Some("tauri.localhost") && url.port().is_none(),
        _ => false,
    };
    bundled || dev_url.is_some_and(|dev| dev.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_be_opened() {
        let dev = Url::parse("http://localhost:1420").unwrap();
        let verdicts = [
            ("tauri://localhost/index.html", true),
            ("http://tauri.localhost/", true),
            ("https://tauri.localhost/", true),
            ("http://tauri.localhost:8080/", false),
            ("http://tauri.localhost.example.org/", false),
            ("tauri://example.org/", false),
            ("https://example.org/", false),
            ("http://localhost:1420/", false),
            ("file:///etc/hostname", false),
            ("data:text/html,hello", false),
            ("about:blank", false),
        ];
        for (text, ours) in verdicts {
            assert_eq!(is_ours(&Url::parse(text).unwrap(), None), ours, "{text}");
        }
        let page = Url::parse("http://localhost:1420/settings").unwrap();
        assert!(
            is_ours(&page, Some(&dev)),
            "the development server is ours while developing"
        );
        let other = Url::parse("http://localhost:1421/").unwrap();
        assert!(!is_ours(&other, Some(&dev)), "another port is another origin");
    }

    #[test]
    fn the_address_of_nowhere_can_be_read() {
        assert_eq!(
            Url::parse(NOWHERE).unwrap().port(),
            Some(9),
            "an unreadable address would leave the network open"
        );
    }
}
