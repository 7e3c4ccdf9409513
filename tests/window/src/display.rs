//! A display of its own, and what a window manager does on it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use x11rb::{
    connection::Connection,
    protocol::xproto::{
        AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt, EventMask, ImageFormat, InputFocus, MapState,
        Window as WindowId,
    },
    rust_connection::RustConnection,
};

use crate::{Error, Result, picture::Picture};

/// An X server without a screen anyone sees.
pub struct Display {
    server: Child,
    name: String,
}

/// Where [`Display::shows`] looks: left, top, width and height, in pixels.
const CORNER: (i16, i16, u16, u16) = (14, 14, 60, 30);

/// Failures of the X protocol are told, not acted upon.
fn told(error: impl std::fmt::Display) -> Error {
    Error::Display(error.to_string())
}

impl Display {
    /// Starts one with a number the server chooses.
    ///
    /// # Errors
    /// [`Error::Machine`] when it is missing; [`Error::Display`] when it does not come up.
    pub fn start(mut command: Command) -> Result<Self> {
        let mut server = command
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1280x900x24",
                "-nolisten",
                "tcp",
                "-noreset",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::machine("Xvfb"))?;
        let mut number = String::new();
        if let Some(stdout) = server.stdout.take() {
            // Written when it is ready, or closed when it gives up.
            BufReader::new(stdout)
                .read_line(&mut number)
                .map_err(Error::machine("Xvfb's number"))?;
        }
        let name = format!(":{}", number.trim());
        let display = Self { server, name };
        if number.trim().is_empty() {
            return Err(told("Xvfb ended before it was ready"));
        }
        Ok(display)
    }

    /// What DISPLAY is set to.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives a program's window the focus, as a click on it would; whether it has a window.
    ///
    /// # Errors
    /// [`Error::Display`].
    pub fn focus(&self, pid: i32) -> Result<bool> {
        let (x, root) = self.connect()?;
        let Some(window) = window_of(&x, root, pid)? else {
            return Ok(false);
        };
        x.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME)
            .map_err(told)?
            .check()
            .map_err(told)?;
        Ok(true)
    }

    /// Asks a program's window to close, as its closing button does; whether it has a window.
    ///
    /// # Errors
    /// [`Error::Display`].
    pub fn ask_to_close(&self, pid: i32) -> Result<bool> {
        let (x, root) = self.connect()?;
        let Some(window) = window_of(&x, root, pid)? else {
            return Ok(false);
        };
        let [protocols, delete] = [b"WM_PROTOCOLS".as_slice(), b"WM_DELETE_WINDOW"].map(|name| atom(&x, name));
        let asking = ClientMessageEvent::new(32, window, protocols?, [delete?, x11rb::CURRENT_TIME, 0, 0, 0]);
        x.send_event(false, window, EventMask::NO_EVENT, asking)
            .map_err(told)?
            .check()
            .map_err(told)?;
        Ok(true)
    }

    /// Puts a program's window into the upper left corner with this width and height, in pixels, as a window manager does;
    /// whether it has a window. The driver's own way waits for a window manager for ever.
    ///
    /// # Errors
    /// [`Error::Display`].
    pub fn resize(&self, pid: i32, width: u32, height: u32) -> Result<bool> {
        let (x, root) = self.connect()?;
        let Some(window) = window_of(&x, root, pid)? else {
            return Ok(false);
        };
        let place = ConfigureWindowAux::new().x(0).y(0).width(width).height(height);
        let asked = x.configure_window(window, &place).map_err(told)?;
        asked.check().map_err(told)?;
        Ok(true)
    }

    /// What a program's window shows; none where it has no window.
    ///
    /// # Errors
    /// [`Error::Display`].
    pub fn picture(&self, pid: i32) -> Result<Option<Picture>> {
        let (x, root) = self.connect()?;
        let Some(window) = window_of(&x, root, pid)? else {
            return Ok(None);
        };
        let size = x.get_geometry(window).map_err(told)?.reply().map_err(told)?;
        let (width, height) = (size.width, size.height);
        let asked = x.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, width, height, !0);
        let image = asked.map_err(told)?.reply().map_err(told)?;
        // A pixel comes as blue, green, red and a byte that means nothing.
        let pixels = image
            .data
            .chunks_exact(4)
            .flat_map(|pixel| pixel.iter().take(3).rev().copied());
        Ok(Some(Picture {
            width,
            height,
            pixels: pixels.collect(),
        }))
    }

    /// Whether a program's window shows this colour near its upper left corner.
    ///
    /// # Errors
    /// [`Error::Display`].
    pub fn shows(&self, pid: i32, colour: [u8; 3]) -> Result<bool> {
        let (x, root) = self.connect()?;
        let Some(window) = window_of(&x, root, pid)? else {
            return Ok(false);
        };
        let (left, top, width, height) = CORNER;
        let asked = x
            .get_image(ImageFormat::Z_PIXMAP, window, left, top, width, height, !0)
            .map_err(told)?;
        // A window that is just being made has no picture yet.
        let Ok(picture) = asked.reply() else { return Ok(false) };
        let [red, green, blue] = colour;
        Ok(picture
            .data
            .chunks_exact(4)
            .any(|pixel| pixel.starts_with(&[blue, green, red])))
    }

    fn connect(&self) -> Result<(RustConnection, WindowId)> {
        let (x, screen) = x11rb::connect(Some(&self.name)).map_err(told)?;
        let root = x.setup().roots.get(screen).map(|screen| screen.root);
        root.map(|root| (x, root)).ok_or_else(|| told("it has no screen"))
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn atom(x: &RustConnection, name: &[u8]) -> Result<u32> {
    Ok(x.intern_atom(false, name).map_err(told)?.reply().map_err(told)?.atom)
}

/// The window of this process that is shown, the last one made first.
fn window_of(x: &RustConnection, root: WindowId, pid: i32) -> Result<Option<WindowId>> {
    let owner = atom(x, b"_NET_WM_PID")?;
    let children = x.query_tree(root).map_err(told)?.reply().map_err(told)?.children;
    for window in children.into_iter().rev() {
        let property = x
            .get_property(false, window, owner, AtomEnum::CARDINAL, 0, 1)
            .map_err(told)?;
        let owned = property.reply().ok().and_then(|reply| reply.value32()?.next());
        let shown = x.get_window_attributes(window).map_err(told)?.reply();
        if owned.is_some_and(|owner| i32::try_from(owner) == Ok(pid))
            && shown.is_ok_and(|attributes| attributes.map_state == MapState::VIEWABLE)
        {
            return Ok(Some(window));
        }
    }
    Ok(None)
}
