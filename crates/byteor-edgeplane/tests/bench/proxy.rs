//! The network between two programs, on which the test has its hand: it is cut, stalls and is slow.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often a connection looks whether it is to end.
const LOOK: Duration = Duration::from_millis(5);

/// Where bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From who connects to who listens.
    Up,
    /// Back.
    Down,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In order: both sides are told that nothing more comes.
    Closed,
    /// At once, and what is on its way is lost.
    Reset,
}

/// What becomes of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    Fair,
    /// Each piece takes so long.
    Slow(Duration),
    /// New connections end once so many bytes went that way; with 0 nobody is behind them.
    Cut {
        way: Way,
        after: u64,
        end: End,
    },
    /// Nothing gets through, and nobody is told. A connection that saw this is never of use again.
    Stalled,
}

/// Passes what comes to one port on to another, until it is dropped.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    target: u16,
    weather: Mutex<Weather>,
    connections: Mutex<Vec<Arc<Connection>>>,
    /// How many connections came, and how many ended by [`Weather::Cut`].
    came: AtomicU64,
    cut: AtomicU64,
    over: AtomicBool,
}

struct Connection {
    client: TcpStream,
    server: TcpStream,
    weather: Weather,
    stalled: AtomicBool,
    ended: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Proxy {
    /// One in front of `target`, on a free port.
    pub fn to(target: u16) -> Self {
        Self::at(0, target)
    }

    /// One in front of `target`, on `port`.
    pub fn at(port: u16, target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            target,
            weather: Mutex::new(Weather::Fair),
            connections: Mutex::default(),
            came: AtomicU64::new(0),
            cut: AtomicU64::new(0),
            over: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        let accepting = std::thread::spawn(move || own.accept(&listener));
        Self {
            port,
            shared,
            accepting: Some(accepting),
        }
    }

    /// What becomes of connections from now on. Those that are there go on, but where all of them stall.
    pub fn weather(&self, weather: Weather) {
        let mut now = lock(&self.shared.weather);
        *now = weather;
        if weather == Weather::Stalled {
            for connection in lock(&self.shared.connections).iter() {
                connection.stalled.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Ends all connections that are there.
    pub fn end(&self, end: End) {
        for connection in lock(&self.shared.connections).drain(..) {
            connection.end(end);
        }
    }

    /// How many connections came.
    pub fn came(&self) -> u64 {
        self.shared.came.load(Ordering::Relaxed)
    }

    /// How many ended by [`Weather::Cut`].
    pub fn cut(&self) -> u64 {
        self.shared.cut.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        self.end(End::Closed);
        if let Some(accepting) = self.accepting.take() {
            // It panics nowhere that a test doesn't see otherwise.
            let _ = accepting.join();
        }
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        while !self.over.load(Ordering::Relaxed) {
            let Ok((client, _)) = listener.accept() else {
                std::thread::sleep(Duration::from_millis(2));
                continue;
            };
            self.came.fetch_add(1, Ordering::Relaxed);
            client.set_nonblocking(false).unwrap();
            // Held until the connection is listed, so that one that comes meanwhile stalls too.
            let weather = lock(&self.weather);
            if let Weather::Cut { after: 0, end, .. } = *weather {
                self.cut.fetch_add(1, Ordering::Relaxed);
                ends_by(end, &client);
                continue;
            }
            let Ok(server) = TcpStream::connect(("127.0.0.1", self.target)) else {
                ends_by(End::Reset, &client);
                continue;
            };
            for stream in [&client, &server] {
                stream.set_nodelay(true).unwrap();
                stream.set_read_timeout(Some(LOOK)).unwrap();
                // Who doesn't read any more holds nobody here up for ever.
                stream
                    .set_write_timeout(Some(Duration::from_millis(200)))
                    .unwrap();
            }
            let connection = Arc::new(Connection {
                client,
                server,
                weather: *weather,
                stalled: AtomicBool::new(*weather == Weather::Stalled),
                ended: AtomicBool::new(false),
            });
            lock(&self.connections).push(Arc::clone(&connection));
            for way in [Way::Up, Way::Down] {
                let (shared, connection) = (Arc::clone(self), Arc::clone(&connection));
                std::thread::spawn(move || {
                    if connection.pass(way, &shared) {
                        shared.cut.fetch_add(1, Ordering::Relaxed);
                    }
                    // The kernel ends it once nobody here holds it.
                    lock(&shared.connections).retain(|one| !one.ended.load(Ordering::Relaxed));
                });
            }
        }
    }
}

impl Connection {
    fn end(&self, end: End) {
        if self.ended.swap(true, Ordering::Relaxed) {
            return;
        }
        for stream in [&self.client, &self.server] {
            ends_by(end, stream);
        }
        if end == End::Closed {
            // Either may be gone already.
            let _ = self.client.shutdown(Shutdown::Both);
            let _ = self.server.shutdown(Shutdown::Both);
        }
    }

    /// Passes on what goes one way, until the connection ends; whether it was cut here.
    fn pass(&self, way: Way, shared: &Shared) -> bool {
        let (mut from, mut to) = match way {
            Way::Up => (&self.client, &self.server),
            Way::Down => (&self.server, &self.client),
        };
        let (mut buffer, mut passed) = ([0; 16 * 1024], 0);
        while !self.ended.load(Ordering::Relaxed) && !shared.over.load(Ordering::Relaxed) {
            let read = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if is_late(&error) => continue,
                Err(_) => break,
            };
            if self.stalled.load(Ordering::Relaxed) {
                continue;
            }
            let mut bytes = &buffer[..read];
            let mut last = None;
            match self.weather {
                Weather::Slow(by) => std::thread::sleep(by),
                Weather::Cut {
                    way: cut,
                    after,
                    end,
                } if cut == way => {
                    let room = usize::try_from(after - passed).unwrap_or(usize::MAX);
                    if room <= read {
                        bytes = &bytes[..room];
                        last = Some(end);
                    }
                }
                _ => {}
            }
            while !bytes.is_empty() && !self.ended.load(Ordering::Relaxed) {
                match to.write(bytes) {
                    Ok(0) => break,
                    Ok(written) => {
                        bytes = &bytes[written..];
                        passed += written as u64;
                    }
                    Err(error) if is_late(&error) => {}
                    Err(_) => break,
                }
            }
            if let Some(end) = last {
                self.end(end);
                return true;
            }
            if !bytes.is_empty() {
                break;
            }
        }
        self.end(End::Closed);
        false
    }
}

fn is_late(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

/// What the kernel does once nobody holds the connection any more.
fn ends_by(end: End, stream: &TcpStream) {
    if end == End::Reset {
        // It is the socket's, whoever holds it.
        let same = tokio::net::TcpSocket::from_std_stream(stream.try_clone().unwrap());
        same.set_zero_linger().unwrap();
    }
}
