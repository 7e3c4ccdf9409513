//! The keyboard.

use fantoccini::{
    actions::{InputSource, KeyAction, KeyActions},
    key::Key,
};

use crate::{Result, Window};

impl Window {
    /// Presses one key and lets it go.
    ///
    /// # Errors
    /// [`crate::Error::Driver`].
    pub async fn press(&self, key: impl Into<char>) -> Result {
        self.press_with(&[], key).await
    }

    /// Presses a key while others are held: `press_with(&[Key::Control, Key::Shift], 'l')`.
    ///
    /// # Errors
    /// [`crate::Error::Driver`].
    pub async fn press_with(&self, held: &[Key], key: impl Into<char>) -> Result {
        let key = key.into();
        let held = held.iter().map(|key| char::from(*key));
        let down = held.clone().map(|value| KeyAction::Down { value });
        let up = held.rev().map(|value| KeyAction::Up { value });
        let stroke = [KeyAction::Down { value: key }, KeyAction::Up { value: key }];
        self.perform(down.chain(stroke).chain(up)).await
    }

    /// Types into whatever has the focus.
    ///
    /// # Errors
    /// [`crate::Error::Driver`].
    pub async fn type_keys(&self, text: &str) -> Result {
        let strokes = text
            .chars()
            .flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }]);
        self.perform(strokes).await
    }

    async fn perform(&self, actions: impl Iterator<Item = KeyAction>) -> Result {
        let keyboard = actions.fold(KeyActions::new("keyboard".to_owned()), KeyActions::then);
        Ok(self.client().perform_actions(keyboard).await?)
    }
}
