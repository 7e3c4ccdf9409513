//! Pictures of the window, taken from the display: what is really on the screen. The driver's own pictures never came from
//! a webview that paints straight to its window.

use std::{
    fs::{self, File},
    io::{self, BufWriter},
    path::{Path, PathBuf},
    thread,
};

use crate::{Error, Result, Window, programs};

/// What a window shows: rows from the top, three bytes a pixel.
pub struct Picture {
    /// In pixels.
    pub width: u16,
    /// In pixels.
    pub height: u16,
    /// Red, green, blue.
    pub pixels: Vec<u8>,
}

impl Window {
    /// Writes what the window shows as a PNG file, once all that changed is drawn.
    ///
    /// # Errors
    /// [`Error::Driver`]; [`Error::Display`]; [`Error::Machine`] when it cannot be written.
    pub async fn screenshot(&self, file: &Path) -> Result {
        // What is on the screen may be older than the page: two frames later, and a moment for the last one, it is not.
        self.script(
            "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100))));",
            vec![],
        )
        .await?;
        self.picture(file)
    }

    /// Keeps a picture for whoever looks into a failure, under the test's name. Waits without a runtime, so that a test
    /// that panics can do it too.
    pub(crate) fn picture_of_failure(&self) -> Option<PathBuf> {
        let folder = programs::pictures()?;
        fs::create_dir_all(&folder).ok()?;
        let test = thread::current().name().unwrap_or("test").replace("::", "-");
        let file = folder.join(format!("{test}.png"));
        self.picture(&file).ok().map(|()| file)
    }

    fn picture(&self, file: &Path) -> Result {
        let Some(picture) = self.home().display().picture(self.pid())? else {
            return Err(Error::machine("a window to picture")(io::ErrorKind::NotFound.into()));
        };
        write(file, &picture).map_err(|error| Error::machine(file.display().to_string())(error.into()))
    }
}

fn write(file: &Path, picture: &Picture) -> std::result::Result<(), png::EncodingError> {
    let to = BufWriter::new(File::create(file)?);
    let mut encoder = png::Encoder::new(to, picture.width.into(), picture.height.into());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder.write_header()?.write_image_data(&picture.pixels)
}
