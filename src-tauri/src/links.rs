//! Which links may leave the window.

use tauri::Url;

use crate::error::Error;

/// A link that may be handed to the system: the web and mail, nothing that runs or opens a file. The person has
/// confirmed its host in the window; this is the wall behind that.
///
/// # Errors
/// [`Error::Invalid`] for anything else.
pub fn allowed(text: &str) -> Result<Url, Error> {
    const REFUSED: Error = Error::Invalid("only links to the web and to mail are opened");
    let url = Url::parse(text).map_err(|_| REFUSED)?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if web || url.scheme() == "mailto" {
        Ok(url)
    } else {
        Err(REFUSED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_and_mail_are_opened() {
        for text in [
            "https://example.org/a?b#c",
            "http://127.0.0.1:8080/",
            "mailto:a@example.org",
        ] {
            assert_eq!(allowed(text).unwrap().as_str(), text);
        }
        for text in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "smb://host/share",
            "ms-settings:",
            "tauri://localhost/",
            "/etc/passwd",
            "-e",
            "",
        ] {
            assert!(allowed(text).is_err(), "{text}");
        }
        assert_eq!(
            allowed(" JAVASCRIPT:alert(1)").map(|_| ()).map_err(|e| e.to_string()),
            Err("only links to the web and to mail are opened".to_owned())
        );
    }
}
