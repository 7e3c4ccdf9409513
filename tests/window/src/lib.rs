//! The hand on the real window, for tests: it starts the built program on a display, in a home folder and beside a
//! keychain of their own, and works it as a person does.
//!
//! A [`Home`] is a person's machine: folders, a display, a session bus with an unlocked keychain or none. It outlives any
//! number of [`Window`]s, as a profile outlives a program that is closed, killed and started again. Everything on the
//! screen is found as a screen reader finds it, by role and name, and waited for by asking until it is so.
//!
//! It refuses to touch the person's own home, display, bus or keychain; to wait for a fixed time; and to leave a process
//! behind: whatever runs with a home of ours ends with it. Where a test fails with a window open, a picture of it is in
//! `target/window`.
//!
//! Linux only: it needs `Xvfb`, `WebKitWebDriver`, `dbus-daemon` and `gnome-keyring-daemon`. The program is
//! `target/debug/ccc` beside the test's own folder, or what `CCC_WINDOW` names.
//!
//! Start reading at [`Home::new`] and [`Window::start`], then [`Window::first_run`] and [`Window::run`].
#![cfg(target_os = "linux")]

pub mod alone;
mod bus;
mod display;
mod driver;
mod error;
mod finding;
mod focus;
mod home;
mod judge;
mod keys;
mod picture;
mod processes;
mod programs;
mod steps;
mod waiting;
mod window;

pub use error::{Error, Result};
pub use fantoccini::{self, key::Key};
pub use focus::Focus;
pub use home::Home;
pub use judge::Judge;
pub use programs::window as program;
pub use steps::{Provider, Way};
pub use window::Window;
