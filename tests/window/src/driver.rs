//! WebKitWebDriver: it starts the program and passes on what is to be done in it.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Stdio},
};

use crate::{Error, Home, Result, waiting};

/// A running driver, for one window.
pub struct Driver {
    child: Child,
    address: SocketAddr,
}

impl Driver {
    /// Starts one on a free port of this machine.
    ///
    /// # Errors
    /// [`Error::Machine`] when it is missing or does not start; [`Error::InVain`] when it does not answer.
    pub fn start(home: &Home, variables: &[(&str, &str)]) -> Result<Self> {
        // Another program may take the port before the driver does; then the driver ends, and a new one is tried.
        for _ in 0..5 {
            let mut driver = Self::on(home, variables, free_port()?)?;
            let mut gone = false;
            waiting::blocking("WebKitWebDriver to answer", || {
                gone = driver.child.try_wait().is_ok_and(|status| status.is_some());
                gone || TcpStream::connect(driver.address).is_ok()
            })?;
            if !gone {
                return Ok(driver);
            }
        }
        Err(Error::machine("WebKitWebDriver")(std::io::ErrorKind::AddrInUse.into()))
    }

    fn on(home: &Home, variables: &[(&str, &str)], address: SocketAddr) -> Result<Self> {
        let child = home
            .command(Path::new("WebKitWebDriver"))
            .arg(format!("--port={}", address.port()))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::machine("WebKitWebDriver"))?;
        Ok(Self { child, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process, the parent of the window's.
    pub fn pid(&self) -> Option<i32> {
        i32::try_from(self.child.id()).ok()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::machine("a free port"))?;
    listener.local_addr().map_err(Error::machine("a free port"))
}
