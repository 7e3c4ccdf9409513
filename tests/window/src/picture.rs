//! Pictures of the window.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{Error, Result, Window, programs};

impl Window {
    /// Writes what the window shows as a PNG file, once all that changed is drawn.
    ///
    /// # Errors
    /// [`Error::Driver`]; [`Error::Machine`] when it cannot be written.
    pub async fn screenshot(&self, file: &Path) -> Result {
        // What the driver pictures may be older than the page: two frames later it is not.
        self.script(
            "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));",
            vec![],
        )
        .await?;
        let picture = self.client().screenshot().await?;
        fs::write(file, picture).map_err(Error::machine(file.display().to_string()))
    }

    /// Keeps a picture for whoever looks into a failure, under the test's name. Waits without a runtime, so that a test
    /// that panics can do it too.
    pub(crate) fn picture_of_failure(&self) -> Option<PathBuf> {
        let folder = programs::pictures()?;
        fs::create_dir_all(&folder).ok()?;
        let test = thread::current().name().unwrap_or("test").replace("::", "-");
        let file = folder.join(format!("{test}.png"));
        let png = take(self.driver_address()?, self.session())?;
        fs::write(&file, png).ok().map(|()| file)
    }
}

fn take(driver: SocketAddr, session: &str) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(driver).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let request = format!("GET /session/{session}/screenshot HTTP/1.1\r\nHost: {driver}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).ok()?;
    let body: serde_json::Value = serde_json::from_str(reply.split_once("\r\n\r\n")?.1).ok()?;
    BASE64_STANDARD.decode(body.get("value")?.as_str()?).ok()
}
