//! Where the focus is.

use serde_json::{Value, json};

use crate::{Error, Key, Result, Window};

/// What has the focus, as a person without a mouse finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Focus {
    /// Its role.
    pub role: String,
    /// Its name.
    pub name: String,
    /// Whether it is in sight and drawn so that it can be told from everything else: an outline, on itself or on what
    /// stands for it.
    pub shown: bool,
}

/// A ring is an outline of a pixel or more. A choice draws it on its label, a field in a bar on the bar; a menu fills the
/// item; a heading or the main part that code gave the focus is where reading begins, and shows it by being there.
const FOCUSED: &str = "
    const e = document.activeElement;
    if (e === null || e === document.body) return null;
    const ringed = (of) => { const s = getComputedStyle(of); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1; };
    const around = [e, e.parentElement, e.parentElement?.parentElement].filter(Boolean);
    const box = (e.closest('label') ?? e).getBoundingClientRect();
    const seen = inSight(e) && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
    const start = ['heading', 'main'].includes(roleOf(e)) && e.tabIndex === -1;
    const item = roleOf(e) === 'menuitem' && e.hasAttribute('data-highlighted');
    return { role: roleOf(e), name: nameOf(e), shown: document.hasFocus() && seen && (start || item || around.some(ringed)) };";

impl Window {
    /// What has the focus; none when nothing has.
    ///
    /// # Errors
    /// [`crate::Error::Driver`].
    pub async fn focus(&self) -> Result<Option<Focus>> {
        let found = self.script(FOCUSED, vec![]).await?;
        let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let shown = || found.get("shown") == Some(&json!(true));
        Ok(found.is_object().then(|| Focus {
            role: text("role"),
            name: text("name"),
            shown: shown(),
        }))
    }

    /// Waits until the focus is on something whose name begins so, and shown there.
    ///
    /// # Errors
    /// [`crate::Error::InVain`].
    pub async fn wait_for_focus(&self, name: &str) -> Result<Focus> {
        let mut last = None;
        let found = self.wait_for("the focus", async || {
            last = self.focus().await?;
            Ok(last.clone().filter(|focus| focus.shown && focus.name.starts_with(name)))
        });
        match found.await {
            Err(Error::InVain { shown, picture, .. }) => {
                let what = format!("the focus on “{name}”, to be seen there; at last: {last:?}");
                Err(Error::InVain { what, shown, picture })
            }
            other => other,
        }
    }

    /// Presses Tab until the focus is on something with this role whose name begins so. On the way it must be seen on
    /// everything it comes to.
    ///
    /// # Errors
    /// [`crate::Error::InVain`] when it is lost or unseen on the way, or comes round without getting there.
    pub async fn tab_to(&self, role: &str, name: &str) -> Result {
        self.move_to(&[], Key::Tab, role, name).await
    }

    /// As [`Self::tab_to`], backwards.
    ///
    /// # Errors
    /// As [`Self::tab_to`].
    pub async fn tab_back_to(&self, role: &str, name: &str) -> Result {
        self.move_to(&[Key::Shift], Key::Tab, role, name).await
    }

    /// As [`Self::tab_to`], by another key, such as an arrow in a menu.
    ///
    /// # Errors
    /// As [`Self::tab_to`].
    pub async fn move_to(&self, held: &[Key], key: Key, role: &str, name: &str) -> Result {
        /// More stops than any screen has.
        const STOPS: usize = 120;
        let mut way = Vec::new();
        for _ in 0..STOPS {
            if let Some(focus) = self.focus().await? {
                if focus.role == role && focus.name.starts_with(name) && focus.shown {
                    return Ok(());
                }
                if !focus.shown && !way.is_empty() {
                    return Err(self
                        .in_vain(format!("a focus that is seen, at {focus:?}, after {way:?}"))
                        .await);
                }
                way.push(focus.name);
            } else {
                way.push("nothing".to_owned());
            }
            self.press_with(held, key).await?;
        }
        Err(self
            .in_vain(format!("the focus to come to {role} “{name}”; it came to {way:?}"))
            .await)
    }
}
