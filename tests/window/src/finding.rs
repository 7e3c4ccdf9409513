//! Finding things on the screen by role and name, and working them.

use fantoccini::elements::Element;
use serde_json::{Value, json};

use crate::{Result, Window};

/// The functions every script may use.
const PAGE: &str = include_str!("page.js");

/// What can be pressed.
const PRESSABLE: &[&str] = &[
    "button", "link", "menuitem", "radio", "checkbox", "switch", "tab", "option",
];

/// What can be written in.
const WRITABLE: &[&str] = &["textbox", "searchbox", "spinbutton"];

impl Window {
    /// Runs the body of an async function in the page and returns what it returns. `args` are its arguments; `findAll`,
    /// `roleOf`, `nameOf` and `inSight` of `page.js` are there.
    ///
    /// # Errors
    /// [`crate::Error::Driver`]; what the script throws comes back as the text `threw: …`.
    pub async fn script(&self, body: &str, args: Vec<Value>) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1]; const args = [...arguments].slice(0, -1);
             {PAGE}
             (async () => {{ {body} }})().then((value) => done(value ?? null), (error) => done('threw: ' + error));"
        );
        Ok(self.client().execute_async(&script, args).await?)
    }

    /// What is in sight with this role and this name; with a name that begins so where none is exactly so.
    ///
    /// # Errors
    /// [`crate::Error::Driver`].
    pub async fn find_all(&self, roles: &[&str], name: &str) -> Result<Vec<Element>> {
        let found = self
            .script("return findAll(args[0], args[1]);", vec![json!(roles), json!(name)])
            .await?;
        let ids = found
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|each| each.as_object()?.values().next()?.as_str());
        Ok(ids
            .map(|id| Element::from_element_id(self.client().clone(), id.to_owned().into()))
            .collect())
    }

    /// The names of everything in sight with this role, in the page's order.
    ///
    /// # Errors
    /// [`crate::Error::Driver`].
    pub async fn names(&self, role: &str) -> Result<Vec<String>> {
        let names = self
            .script("return findAll([args[0]], null).map(nameOf);", vec![json!(role)])
            .await?;
        Ok(names
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect())
    }

    /// Waits for the first of [`Self::find_all`].
    ///
    /// # Errors
    /// [`crate::Error::InVain`].
    pub async fn find(&self, roles: &[&str], name: &str) -> Result<Element> {
        let what = format!("{} “{name}”", roles.first().unwrap_or(&"anything"));
        self.wait_for(&what, async || Ok(self.find_all(roles, name).await?.into_iter().next()))
            .await
    }

    /// Clicks the button, link, menu item or choice of this name, once it is there and nothing lies over it.
    ///
    /// # Errors
    /// [`crate::Error::InVain`].
    pub async fn click(&self, name: &str) -> Result {
        self.click_on(PRESSABLE, name).await
    }

    /// As [`Self::click`], among these roles alone.
    ///
    /// # Errors
    /// [`crate::Error::InVain`].
    pub async fn click_on(&self, roles: &[&str], name: &str) -> Result {
        self.wait_for(&format!("“{name}” to be clicked"), async || {
            match self.find_all(roles, name).await?.into_iter().next() {
                Some(found) if found.is_enabled().await? => Ok(Some(found.click().await?)),
                _ => Ok(None),
            }
        })
        .await
    }

    /// Clicks into the field of this label and types, key by key.
    ///
    /// # Errors
    /// [`crate::Error::InVain`]; [`crate::Error::Driver`].
    pub async fn type_into(&self, label: &str, text: &str) -> Result {
        Ok(self.find(WRITABLE, label).await?.send_keys(text).await?)
    }

    /// Chooses an entry of a list field.
    ///
    /// # Errors
    /// [`crate::Error::InVain`]; [`crate::Error::Driver`] when there is no such entry.
    pub async fn choose(&self, label: &str, entry: &str) -> Result {
        Ok(self.find(&["combobox"], label).await?.select_by_label(entry).await?)
    }

    /// Opens the menu whose button has this name and clicks one of its items.
    ///
    /// # Errors
    /// [`crate::Error::InVain`].
    pub async fn choose_from_menu(&self, menu: &str, item: &str) -> Result {
        self.click_on(&["button"], menu).await?;
        self.click_on(&["menuitem"], item).await
    }

    /// All text in sight.
    ///
    /// # Errors
    /// [`crate::Error::Driver`].
    pub async fn text(&self) -> Result<String> {
        let text = self.script("return document.body.innerText;", vec![]).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Everything the page holds, seen or not: markup, and what stands in its fields.
    ///
    /// # Errors
    /// [`crate::Error::Driver`].
    pub async fn everything(&self) -> Result<String> {
        let all = "const fields = [...document.querySelectorAll('input, textarea')].map((field) => field.value);
                   return [document.title, document.documentElement.outerHTML, ...fields].join('\\n');";
        Ok(self.script(all, vec![]).await?.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until this text is in sight.
    ///
    /// # Errors
    /// [`crate::Error::InVain`].
    pub async fn wait_for_text(&self, text: &str) -> Result {
        self.wait_until(&format!("the text “{text}”"), async || {
            Ok(self.text().await?.contains(text))
        })
        .await
    }

    /// Waits until this text is no longer in sight.
    ///
    /// # Errors
    /// [`crate::Error::InVain`].
    pub async fn wait_for_no_text(&self, text: &str) -> Result {
        let gone = async || self.text().await.map(|shown| !shown.contains(text));
        self.wait_until(&format!("the text “{text}” to go"), gone).await
    }
}
